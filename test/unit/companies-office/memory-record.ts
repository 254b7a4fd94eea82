/** `CompanyRecord` in memory, with the guards of the real one. */
import type {
  CandidatesRow,
  CandidatesValues,
  CompanyRecord,
  JobScope,
  RestaurantCompanyValues,
  RestaurantFacts,
} from '../../../activities/companies-office/record';

export type StoredCandidates = CandidatesRow & Omit<CandidatesValues, keyof CandidatesRow>;
export type StoredRestaurant = RestaurantFacts & RestaurantCompanyValues;

export interface MemoryRecord extends CompanyRecord {
  restaurant: StoredRestaurant | null;
  candidates: StoredCandidates | null;
  /** Statuses in the order in which they were written. */
  statuses: string[];
}

export function createMemoryRecord(
  scope: JobScope,
  restaurant: Partial<StoredRestaurant> | null,
): MemoryRecord {
  const mine = (asked: JobScope): boolean => asked.organisationId === scope.organisationId;
  const record: MemoryRecord = {
    restaurant:
      restaurant === null ? null : { name: null, address: null, city: null, metadata: null, ...restaurant },
    candidates: null,
    statuses: [],
    readRestaurant: (asked) => Promise.resolve(mine(asked) ? record.restaurant : null),
    saveRestaurant: (asked, values) => {
      if (!mine(asked) || record.restaurant === null) return Promise.resolve(false);
      record.restaurant = { ...record.restaurant, ...values };
      return Promise.resolve(true);
    },
    readCandidates: (asked) => Promise.resolve(mine(asked) ? record.candidates : null),
    writeCandidates: (asked, values, { searchNo, from }) => {
      if (!mine(asked)) return Promise.resolve(false);
      const row = record.candidates ?? EMPTY;
      const older = searchNo !== undefined && row.search_no < searchNo;
      const same = searchNo === undefined || row.search_no === searchNo;
      if (!older && !(same && from.includes(row.status))) return Promise.resolve(false);
      record.candidates = { ...row, ...values, ...(searchNo === undefined ? {} : { search_no: searchNo }) };
      if (values.status) record.statuses.push(values.status);
      return Promise.resolve(true);
    },
  };
  return record;
}

const EMPTY: StoredCandidates = {
  search_no: 0,
  status: 'pending',
  search_queries: null,
  name_results: [],
  combined_results: [],
};
