/** A stored configuration as sections of facts. Pure: whatever the API answers is told, in plain words. */
export interface SettingSection {
  title: string;
  facts: { label: string; value: string }[];
}

const TITLES: Record<string, string> = {
  account: 'Account',
  restaurant: 'Restaurant',
  menu: 'Menu',
  website: 'Website',
  payment: 'Payment',
  onboarding: 'Onboarding',
  steps_enabled: 'Sub-steps',
};

export function settingSections(config: Record<string, unknown> | null): SettingSection[] {
  if (config === null) return [];
  return Object.entries(TITLES).flatMap(([key, title]) => {
    const section = config[key];
    if (!isObject(section)) return [];
    const facts = Object.entries(section).flatMap(([name, value]) =>
      value === null || value === undefined || value === ''
        ? []
        : [{ label: wordsOf(name), value: valueWords(value) }],
    );
    return facts.length > 0 ? [{ title, facts }] : [];
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `selectedMenuId` and `opening_hours` are "Selected menu id" and "Opening hours". */
export function wordsOf(name: string): string {
  const words = name
    .replace(/_/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function valueWords(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (Array.isArray(value)) return value.map(valueWords).join(', ');
  if (!isObject(value)) return String(value);
  const { day, hours } = value;
  if (typeof day === 'string') {
    return isObject(hours) ? `${day} ${String(hours['open'])}–${String(hours['close'])}` : `${day} closed`;
  }
  return Object.entries(value)
    .map(([name, inner]) => `${wordsOf(name)}: ${valueWords(inner)}`)
    .join(', ');
}
