/** The ten preset tags of the platform and how the backend maps a dish's tags to them, its dangerous mistake included. */
import type { MenuFacts } from '../catalogue';

const PRESET_TAGS = [
  'Popular',
  'New',
  'Deal',
  'Vegan',
  'Vegetarian',
  'Gluten Free',
  'Dairy Free',
  'Nut Free',
  'Halal',
  'Spicy',
] as const;

const VARIANTS: Record<string, (typeof PRESET_TAGS)[number]> = {
  'most liked': 'Popular',
  favourite: 'Popular',
  hot: 'Spicy',
  gf: 'Gluten Free',
  // The original's mistake. Whoever calls must not let such a tag come this far; the effects tell if it did.
  'contains nuts': 'Nut Free',
};

const presetOf = (tag: string): string | undefined => {
  const plain = tag.trim().toLowerCase();
  return VARIANTS[plain] ?? PRESET_TAGS.find((preset) => preset.toLowerCase() === plain);
};

export interface TagPlan {
  /** What is made: all ten, unless there is no dish. */
  tags: string[];
  /** How many dishes get one. */
  assigned: number;
  /** Dishes that get the opposite of what they contain. */
  mislabelled: string[];
}

export function presetTagsOf(dishes: MenuFacts['dishes']): TagPlan {
  return {
    tags: dishes.length === 0 ? [] : [...PRESET_TAGS],
    assigned: dishes.filter((dish) => dish.tags.some((tag) => presetOf(tag) !== undefined)).length,
    mislabelled: dishes
      .filter((dish) => dish.tags.some((tag) => /contains/i.test(tag) && presetOf(tag) !== undefined))
      .map((dish) => dish.name),
  };
}
