/** The words that the register was searched with, as the record keeps them: rows of other services may hold other forms. */
import type { Candidates } from '../../api/types';

/** As people say them: what the record keeps has no order. */
const WORDS = ['restaurant_name', 'street', 'city', 'postcode'] as const;

export type SearchedWords = Partial<Record<(typeof WORDS)[number], string>>;

/** Empty and missing words are left out. */
export function searchedWords(candidates: Pick<Candidates, 'search_queries'> | null): SearchedWords {
  const queries = candidates?.search_queries;
  if (typeof queries !== 'object' || queries === null) return {};
  const kept = new Map<string, unknown>(Object.entries(queries));
  return Object.fromEntries(
    WORDS.flatMap((word) => {
      const value = kept.get(word);
      return typeof value === 'string' && value !== '' ? [[word, value]] : [];
    }),
  );
}

/** What the register was asked for, as a sentence. */
export function tellSearchedWords(candidates: Pick<Candidates, 'search_queries'> | null): string {
  const words = Object.values(searchedWords(candidates));
  return words.length === 0
    ? 'The register was searched for its name and its address.'
    : `The register was searched for “${words.join('”, “')}”.`;
}
