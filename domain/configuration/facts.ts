/** What the record knows of a restaurant, and the configuration that follows from it. */
import { readOpeningHours } from '../opening-hours';
import type { SubmittedConfiguration } from './schema';
import { THEMES } from './types';

/** What the record knows of a restaurant: columns of `restaurants`, its menus, its account. */
export interface RestaurantFacts {
  id: string;
  name: string;
  address: string | null;
  city: string | null;
  phone: string | null;
  email: string | null;
  user_email: string | null;
  contact_name: string | null;
  contact_phone: string | null;
  theme: string | null;
  /** jsonb: a list of names, or one text with commas. */
  cuisine: unknown;
  primary_color: string | null;
  secondary_color: string | null;
  /** jsonb, in whatever form the lead's source gave. */
  opening_hours: unknown;
  menus: readonly { id: string; is_active: boolean; created_at: string }[];
  /** A stored account of the same organisation that belongs to the restaurant; its password may be sealed already. */
  account: { email: string; secret_id: string | null } | null;
}

const present = (value: string | null | undefined): string | undefined =>
  value === null || value === undefined || value.trim() === '' ? undefined : value.trim();

function cuisinesOf(cuisine: unknown): string[] | undefined {
  const list = typeof cuisine === 'string' ? cuisine.split(',') : Array.isArray(cuisine) ? cuisine : [];
  const names = list.flatMap((name: unknown) =>
    typeof name === 'string' && name.trim() ? [name.trim()] : [],
  );
  return names.length > 0 ? names : undefined;
}

/** The active menu, else the newest one. */
function menuOf({ menus }: RestaurantFacts): string | undefined {
  const [first] = [...menus].sort(
    (a, b) => Number(b.is_active) - Number(a.is_active) || b.created_at.localeCompare(a.created_at),
  );
  return first?.id;
}

/** The restaurant's own values in the form of a configuration; undefined where it has none. */
export function restaurantLayer(
  facts: RestaurantFacts,
): Omit<SubmittedConfiguration, 'use_defaults' | 'steps_enabled'> {
  const phone = present(facts.phone) ?? present(facts.contact_phone);
  return {
    account: { email: present(facts.user_email) ?? present(facts.email), phone },
    restaurant: {
      name: present(facts.name),
      phone,
      address: present(facts.address),
      city: present(facts.city),
      opening_hours: readOpeningHours(facts.opening_hours),
    },
    menu: { selectedMenuId: menuOf(facts) },
    website: {
      theme: THEMES.find((theme) => theme === facts.theme),
      cuisines: cuisinesOf(facts.cuisine),
      primaryColor: present(facts.primary_color),
      secondaryColor: present(facts.secondary_color),
    },
    payment: {},
    onboarding: { userName: present(facts.contact_name) },
  };
}
