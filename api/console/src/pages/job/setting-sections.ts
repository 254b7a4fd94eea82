/** A stored configuration as sections of facts, as the form of step 5 names them. Pure: what the form does not know is told too, in plain words. */
import { SECTIONS, type Field } from '../../features/configuration/fields';

export interface SettingSection {
  title: string;
  facts: { label: string; value: string }[];
}

/** @param menus What the restaurant's menus are called, by id. */
export function settingSections(
  config: Record<string, unknown> | null,
  menus: ReadonlyMap<string, string> = new Map(),
): SettingSection[] {
  if (config === null) return [];
  return SECTIONS.flatMap(({ id, title, fields }) => {
    const section = config[id];
    if (!isObject(section)) return [];
    const known = new Map(fields.map((field) => [field.path.slice(id.length + 1), field]));
    const names = [...known.keys(), ...Object.keys(section).filter((name) => !known.has(name))];
    const facts = names.flatMap((name) => {
      const value = section[name];
      if (value === null || value === undefined || value === '') return [];
      const field = known.get(name);
      return [{ label: field?.label ?? wordsOf(name), value: valueWords(value, field, menus) }];
    });
    return facts.length > 0 ? [{ title, facts }] : [];
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `faviconSource` and `opening_hours` are "Favicon source" and "Opening hours". */
export function wordsOf(name: string): string {
  const words = name
    .replace(/_/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function valueWords(value: unknown, field?: Field, menus?: ReadonlyMap<string, string>): string {
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  // What has parts of its own, e.g. the hours of a day, has a line of its own.
  if (Array.isArray(value))
    return value.map((one) => valueWords(one)).join(value.every(isObject) ? '\n' : ', ');
  if (field?.kind === 'menu') return menus?.get(String(value)) ?? String(value);
  if (!isObject(value)) return optionWords(String(value), field);
  const { day, hours } = value;
  if (typeof day === 'string') {
    return isObject(hours) ? `${day} ${String(hours['open'])}–${String(hours['close'])}` : `${day} closed`;
  }
  return Object.entries(value)
    .map(([name, inner]) => `${wordsOf(name)}: ${valueWords(inner)}`)
    .join(', ');
}

function optionWords(value: string, field: Field | undefined): string {
  if (field === undefined) return /^[a-z]+(_[a-z]+)+$/.test(value) ? wordsOf(value) : value;
  if (field.kind !== 'select') return value;
  return field.options.find(({ id }) => id === value)?.label ?? value;
}
