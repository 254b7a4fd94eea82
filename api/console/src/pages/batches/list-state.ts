/** What the list shows stands in the address, so that it can be sent on and survives going back. */
import { useSearchParams } from 'react-router';
import { REGISTRATION_STEPS } from '../../../../../domain/steps';
import type { Option } from '../../ui';

export const PAGE_SIZE = 25;

export const GROUPS = [
  { id: 'active', label: 'Active' },
  { id: 'needs_you', label: 'Needs you' },
  { id: 'finished', label: 'Finished' },
  { id: 'all', label: 'All' },
] as const;
export type Group = (typeof GROUPS)[number]['id'];

export const SORTS: readonly Option[] = [
  { id: 'updated_at-desc', label: 'Last changed first' },
  { id: 'created_at-desc', label: 'Newest first' },
  { id: 'created_at-asc', label: 'Oldest first' },
  { id: 'name-asc', label: 'By name' },
  { id: 'current_step-asc', label: 'By step' },
  { id: 'total_restaurants-desc', label: 'Largest first' },
];

export const STEPS: readonly Option[] = [
  { id: 'any', label: 'Any step' },
  ...REGISTRATION_STEPS.map(({ number, name }) => ({ id: String(number), label: `${number} ${name}` })),
];

const DEFAULTS = {
  group: 'active',
  search: '',
  city: '',
  step: 'any',
  sort: 'updated_at-desc',
  offset: 0,
} as const;

export interface ListState {
  group: Group;
  search: string;
  city: string;
  step: string;
  sort: string;
  offset: number;
}

const oneOf = (options: readonly { id: string }[], id: string | null): string | null =>
  options.some((option) => option.id === id) ? id : null;

export function useListState(): [ListState, (change: Partial<ListState>) => void] {
  const [params, setParams] = useSearchParams();
  const offset = Number(params.get('offset') ?? 0);
  const state: ListState = {
    group: (oneOf(GROUPS, params.get('group')) ?? DEFAULTS.group) as Group,
    search: params.get('search') ?? DEFAULTS.search,
    city: params.get('city') ?? DEFAULTS.city,
    step: oneOf(STEPS, params.get('step')) ?? DEFAULTS.step,
    sort: oneOf(SORTS, params.get('sort')) ?? DEFAULTS.sort,
    offset: Number.isSafeInteger(offset) && offset > 0 ? offset : 0,
  };
  const change = (some: Partial<ListState>): void => {
    // Another list begins at its beginning.
    const next = { ...state, offset: 0, ...some };
    const given = Object.entries(next).filter(([name, value]) => value !== DEFAULTS[name as keyof ListState]);
    setParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)])), { replace: true });
  };
  return [state, change];
}

export function isFiltered({ search, city, step }: ListState): boolean {
  return search.trim() !== '' || city.trim() !== '' || step !== DEFAULTS.step;
}
