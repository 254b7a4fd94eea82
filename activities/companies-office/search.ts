/** Step 2: what is searched for, and the activities that search, compare addresses and save the candidates. */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { z } from 'zod';
import { comparablePlace, cutStreet, isSamePlace, readPlace, type Place } from '../../domain/addresses';
import type { CompanyChoice, SearchWords } from '../../domain/company';
import {
  applyAddressChecks,
  candidateFromSummary,
  newZealandDate,
  rankCandidates,
  type AddressCheck,
} from '../../domain/company-matching';
import { failureSentence, isWaitedOut } from '../../domain/failures';
import { cleanRestaurantName } from '../../domain/names';
import type { CandidatesStatus } from '../../domain/statuses';
import { activityFailure } from '../failure';
import { registeredAddress } from './company-details';
import type { CompaniesOfficeDeps } from './deps';
import type { AddressStrategy, CandidatesValues, JobScope, RestaurantFacts, SearchQueries } from './record';
import { callRegister } from './register-call';

/** The address strategy compares the addresses of this many of the best hits: one call each. */
const ADDRESSES_TO_CHECK = 5;

export interface SearchRef extends JobScope {
  /** Rises with each search of the job; a write of an older search never replaces a newer one's. */
  searchNo: number;
}

export interface SearchActivities {
  /** Name search. `nzbnsToCheck`: the best five, none if the restaurant's address cannot be compared (strategy `not_available`). */
  searchCompaniesByName(
    input: SearchRef & { words: SearchWords },
  ): Promise<{ found: number; nzbnsToCheck: string[] }>;
  /**
   * Compares the current addresses of the entities with the searched one, a call each, then merges, ranks and stores. `partial`: what is
   * missing from the search, in plain words. A repeat changes nothing; a retry asks only for what is not known yet.
   */
  completeSearch(
    input: SearchRef & { nzbnsToCheck: string[] },
  ): Promise<{ count: number; choices: CompanyChoice[]; partial: string | null }>;
  /** The search failed for good. `failureType`: of the catalogue; an unknown one reads as unexpected. */
  markSearchFailed(input: SearchRef & { failureType: string }): Promise<void>;
}

/** Before a decision: a late write of the search must not undo what a person chose from it. */
const UNDECIDED: readonly CandidatesStatus[] = ['pending', 'searching', 'failed', 'awaiting_selection'];
const UNFINISHED: readonly CandidatesStatus[] = ['pending', 'searching', 'failed'];

const PARTIAL: Readonly<Record<AddressStrategy, string | null>> = {
  done: null,
  not_available: null,
  partial: 'Not every address could be compared; some companies were judged by their name alone.',
  failed: 'The search by address failed; the companies were found by name alone.',
};

export function createSearchActivities({ record, register, now }: CompaniesOfficeDeps): SearchActivities {
  async function compareAddress(
    scope: JobScope,
    searched: Place | null,
    nzbn: string,
    known: readonly AddressCheck[],
  ): Promise<AddressCheck> {
    const entity = await callRegister(scope, (options) => register.fetchEntity(nzbn, options), known);
    const matched =
      searched !== null &&
      (entity?.places ?? []).some(({ lines, postcode }) => {
        const place = readPlace(lines, postcode);
        return place !== null && isSamePlace(searched, place);
      });
    return { nzbn, matched, registeredAddress: entity ? registeredAddress(entity.details) : null };
  }

  return {
    async searchCompaniesByName({ words, searchNo, ...scope }) {
      const restaurant = await record.readRestaurant(scope);
      if (restaurant === null) throw activityFailure('RecordRefused');
      const queries = searchQueries(restaurant, words);
      await record.writeCandidates(
        scope,
        { ...EMPTY_SEARCH, status: 'searching', search_queries: queries },
        { searchNo, from: UNFINISHED },
      );
      if (queries.restaurant_name === '') throw activityFailure('RegisterInvalidRequest');
      const hits = await callRegister(scope, (options) =>
        register.searchByName(queries.restaurant_name, options),
      );
      const today = newZealandDate(now());
      const ranked = rankCandidates(
        hits.map((hit) => candidateFromSummary(hit, queries.restaurant_name, today)),
      );
      await record.writeCandidates(scope, { name_results: ranked }, { searchNo, from: UNFINISHED });
      const comparable = comparablePlace(queries) !== null;
      return {
        found: hits.length,
        nzbnsToCheck: comparable
          ? ranked.slice(0, ADDRESSES_TO_CHECK).map((candidate) => candidate.nzbn)
          : [],
      };
    },

    async completeSearch({ nzbnsToCheck, searchNo, ...scope }) {
      const row = await record.readCandidates(scope);
      if (row !== null && row.search_no > searchNo) {
        throw activityFailure('Superseded', { details: [row.search_no] });
      }
      if (row === null || row.search_no < searchNo) throw activityFailure('RecordRefused');
      const searched = row.search_queries ? comparablePlace(row.search_queries) : null;
      const checks = await compareAddresses(nzbnsToCheck, (nzbn, known) =>
        compareAddress(scope, searched, nzbn, known),
      );
      const strategy = strategyOf(checks.length, nzbnsToCheck.length);
      const candidates = rankCandidates(applyAddressChecks(row.name_results, checks));
      const partial = PARTIAL[strategy];
      await record.writeCandidates(
        scope,
        {
          status: 'awaiting_selection',
          address_results: { strategy, checks },
          combined_results: candidates,
          candidate_count: candidates.length,
          error_message: partial,
          searched_at: now().toISOString(),
        },
        { searchNo, from: UNDECIDED },
      );
      const choices = candidates.map(({ company_number, nzbn }) => ({ company_number, nzbn }));
      return { count: candidates.length, choices, partial };
    },

    async markSearchFailed({ failureType, searchNo, ...scope }) {
      await record.writeCandidates(
        scope,
        { status: 'failed', error_message: failureSentence(failureType), searched_at: now().toISOString() },
        { searchNo, from: UNFINISHED },
      );
    },
  };
}

const knownChecks = z
  .array(z.object({ nzbn: z.string(), matched: z.boolean(), registeredAddress: z.string().nullable() }))
  .catch(() => []);

/**
 * What is known is in the heartbeats, so that each try of the activity asks only for what is missing. A comparison that fails at the last try too
 * is left out: the names alone are worth showing.
 * @throws while there are tries left, and for our own outages always: they are waited out
 */
async function compareAddresses(
  nzbns: readonly string[],
  compare: (nzbn: string, known: readonly AddressCheck[]) => Promise<AddressCheck>,
): Promise<AddressCheck[]> {
  const context = Context.current();
  const { info } = context;
  const known: AddressCheck[] = knownChecks.parse(info.heartbeatDetails);
  const isLastTry = info.attempt >= (info.retryPolicy?.maximumAttempts ?? Infinity);
  let worthATry: ApplicationFailure | null = null;
  for (const nzbn of nzbns.filter((one) => !known.some((check) => check.nzbn === one))) {
    try {
      known.push(await compare(nzbn, known));
      context.heartbeat(known);
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || isWaitedOut(error.type)) throw error;
      if (!error.nonRetryable) worthATry ??= error;
    }
  }
  if (worthATry !== null && !isLastTry) throw worthATry;
  return known;
}

function strategyOf(compared: number, wanted: number): AddressStrategy {
  if (wanted === 0) return 'not_available';
  if (compared === wanted) return 'done';
  return compared > 0 ? 'partial' : 'failed';
}

/** A new search begins with nothing of the one before, a choice included. */
const EMPTY_SEARCH: CandidatesValues = {
  name_results: [],
  address_results: [],
  combined_results: [],
  candidate_count: 0,
  selected_company_number: null,
  selected_company_data: null,
  error_message: null,
  searched_at: null,
  selected_at: null,
};

/** The words given, else the restaurant's own, cleaned for the search. */
export function searchQueries(restaurant: RestaurantFacts, words: SearchWords): SearchQueries {
  const pick = (given: string | undefined, own: string | null): string | null =>
    given?.trim() || own?.trim() || null;
  const original = {
    restaurant_name: pick(words.restaurant_name, restaurant.name),
    street: pick(words.street, restaurant.address),
    city: pick(words.city, restaurant.city),
  };
  const place = readPlace([original.street, original.city]);
  return {
    restaurant_name: cleanRestaurantName(original.restaurant_name ?? ''),
    street: original.street === null ? null : cutStreet(original.street),
    // Without a city of its own, the address ends with one.
    city: original.city ?? place?.localities.at(-1) ?? null,
    postcode: place?.postcode ?? null,
    original,
  };
}
