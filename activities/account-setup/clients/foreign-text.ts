/** A literal shorter than this is too likely to occur by chance to be worth cutting out. */
const SHORTEST_CUT = 4;

/**
 * Text of an outside system, ready to be inspected and for nothing else: lower case, and without the values that we
 * sent, since an error may quote them and a restaurant may be called "Wrong Password". It never leaves the adapter.
 */
export function inspectable(parts: readonly unknown[], sent: unknown): string {
  const text = parts.filter((part): part is string => typeof part === 'string').join('\n');
  return stringsIn(sent)
    .filter((value) => value.length >= SHORTEST_CUT)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, ' '), text)
    .toLowerCase();
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
