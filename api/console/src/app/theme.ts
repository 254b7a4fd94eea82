/** Light or dark: as the system wishes, unless somebody chose. Known to CSS by an attribute of the page. */
export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'registrations.theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let choice: ThemeChoice = read();

function read(): ThemeChoice {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

function show(): void {
  const isDark = choice === 'system' ? system.matches : choice === 'dark';
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
}

/** To be called before anything is drawn. */
export function startTheme(): void {
  show();
  system.addEventListener('change', show);
}

export const theme = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  get: (): ThemeChoice => choice,
  choose: (chosen: ThemeChoice): void => {
    choice = chosen;
    if (chosen === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, chosen);
    show();
    for (const listener of listeners) listener();
  },
};
