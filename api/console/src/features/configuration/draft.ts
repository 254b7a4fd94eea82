/**
 * What a person has changed in the settings of one restaurant: dotted path to value, beside the defaults, which stay as they are. Pure functions.
 */
import { FIELDS, SECTIONS } from './fields';

export type Draft = Readonly<Record<string, unknown>>;
type Plain = Record<string, unknown>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function valueAt(config: Plain, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => (isPlain(at) ? at[name] : undefined), config);
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** A value that is the default again is no change. A switch that is not there is on. */
export function withChange(draft: Draft, defaults: Plain, path: string, value: unknown): Draft {
  const byDefault = valueAt(defaults, path) ?? (FIELDS.get(path)?.kind === 'switch' ? true : undefined);
  const isNothing = value === '' && (byDefault === undefined || byDefault === null);
  if (!isNothing && !isSame(value, byDefault)) return { ...draft, [path]: value };
  const { [path]: _gone, ...rest } = draft;
  return rest;
}

/** A comma at the end of a list is not one more thing. */
const withoutBlanks = (value: unknown): unknown =>
  Array.isArray(value) ? value.filter((part) => part !== '') : value;

/** As the API takes it: nested, only what was changed. */
export function nested(draft: Draft): Record<string, Plain> {
  const sections: Record<string, Plain> = {};
  for (const [path, value] of Object.entries(draft)) {
    const [section = '', name = ''] = path.split('.');
    sections[section] = { ...sections[section], [name]: withoutBlanks(value) };
  }
  return sections;
}

const isPassword = (path: string): boolean => FIELDS.get(path)?.kind === 'password';

/** For keeping over a reload or a restart: without passwords, which stay in memory alone. */
export function withoutPasswords(draft: Draft): Draft {
  return Object.fromEntries(Object.entries(draft).filter(([path]) => !isPassword(path)));
}

/** What may be copied to another restaurant: never what is a restaurant's own. */
export function copyable(draft: Draft): Draft {
  return Object.fromEntries(
    Object.entries(draft).filter(([path]) => FIELDS.has(path) && !FIELDS.get(path)?.isOwn),
  );
}

export interface Finding {
  path: string;
  message: string;
}

/** The field that a path leads to or into; undefined: none of the form's. */
const fieldAt = (path: string): string | undefined =>
  [...FIELDS.keys()].find((known) => path === known || path.startsWith(`${known}.`));

/** Findings by the field they belong to; `restaurant.opening_hours.3.hours` belongs to the opening hours. What fits no field is under ''. */
export function findingsByField(findings: readonly Finding[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { path, message } of findings) {
    const field = fieldAt(path) ?? '';
    const before = found.get(field);
    found.set(field, before === undefined ? message : `${before} ${message}`);
  }
  return found;
}

/** What is still wrong: a field that was changed since is judged anew by the API. */
export function stillOpen(findings: readonly Finding[], draft: Draft, judged: Draft): Finding[] {
  return findings.filter(({ path }) => {
    const field = fieldAt(path);
    return field === undefined || isSame(draft[field], judged[field]);
  });
}

/** How many findings each section has. */
export function findingCounts(byField: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  return new Map(
    SECTIONS.map(({ id, fields }) => [id, fields.filter(({ path }) => byField.has(path)).length] as const),
  );
}
