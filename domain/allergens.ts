/** Tags that say a dish *contains* something. The backend maps "contains nuts" to its preset "Nut Free": it could hurt someone. */

const SAYS_IT_CONTAINS = /\b(contain|contains|contained|containing|traces?|allergens?|allergy)\b/;

/** Other words for "contains" count only beside an allergen: "with rice" is harmless, "with nuts" is not. */
const WITH = /\b(has|have|with|includes?|including|made)\b/;
const ALLERGEN =
  /\b(nuts?|peanuts?|almonds?|cashews?|walnuts?|hazelnuts?|pistachios?|pecans?|macadamias?|gluten|wheat|dairy|milk|lactose|cream|cheese|butter|eggs?|soy|soya|sesame|fish|shellfish|crustaceans?|seafood|molluscs?|lupin|sulphites?|sulfites?)\b/;

/** Does the tag say that the dish contains an allergen? Rather once too often: a person removes the tag or skips the tags. */
export function isAllergenTag(tag: string): boolean {
  const words = tag
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z]+/g, ' ');
  return SAYS_IT_CONTAINS.test(words) || (WITH.test(words) && ALLERGEN.test(words));
}

/** Every text in a value, however the tags are stored: what is not found here could hurt somebody. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.split(',');
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The dishes that carry such a tag, with the tag, for people to find them. */
export function dishesThatContain(dishes: readonly { name: string | null; tags: unknown }[]): string[] {
  return dishes.flatMap(({ name, tags }) => {
    const tag = textsIn(tags).find(isAllergenTag);
    return tag === undefined ? [] : [`${name ?? 'a dish without a name'} ("${tag.trim()}")`];
  });
}
