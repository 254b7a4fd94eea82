/** The web address that the backend will derive from a restaurant's name. */

const MIN_LENGTH = 4;
const PREFIX = 'order-';

/**
 * Lower case, a to z and 0 to 9 alone (letters with macrons are dropped, not folded: "Kōwhai Grill" is `kwhaigrill`),
 * `order-` in front if shorter than four.
 * @returns null for a name without any such letter: the backend would make a bare `order-` of it.
 */
export function deriveSubdomain(name: string): string | null {
  const letters = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (letters === '') return null;
  return letters.length < MIN_LENGTH ? `${PREFIX}${letters}` : letters;
}
