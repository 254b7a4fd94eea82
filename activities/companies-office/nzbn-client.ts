/**
 * Client of the NZBN API v5, the official register of New Zealand business numbers (https://portal.api.business.govt.nz).
 * It throws `RegisterError` alone, apart from what the caller's own signal and a pace that cannot be asked cause.
 */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { z } from 'zod';
import type { RegisterSummary } from '../../domain/company-matching';
import { routed, type RoutedPath } from '../../domain/telemetry/outside-calls';
import { sendRequest, type HttpOutcome } from '../http-client';
import { mapEntity } from './company-details';
import {
  entitySchema,
  errorBodySchema,
  searchPageSchema,
  type SearchItem,
  type WireEntity,
} from './nzbn-schemas';
import { createPacer, type PacerSettings } from './pacing';
import { RegisterError, type CallOptions, type CompanyRegister, type RegisterEntity } from './register';

export interface NzbnSettings {
  /** NZBN_BASE_URL, e.g. `https://api.business.govt.nz/gateway/nzbn/v5`. */
  baseUrl: string;
  /** NZBN_API_KEY; keys of sandbox and production differ. */
  apiKey: string;
  /** NZBN_TIMEOUT_MS, of one call. */
  timeoutMs: number;
  /** NZBN_CONCURRENCY, and the turns of all workers (shared-turns.ts). */
  pace: PacerSettings;
  /** Injected in tests. */
  now?: () => Date;
}

/** Default and maximum of the register are disputed, so it is always sent. */
const PAGE_SIZE = 50;
const MAX_PAGES = 3;
/** For a register that asks to slow down without saying for how long. */
const HOLD_MS = 5_000;
/** A longer pause than this is left to the retry of the one that was told. */
const LONGEST_HOLD_MS = 15 * 60_000;
const CACHE_MS = 24 * 60 * 60 * 1000;
const CACHE_ENTRIES = 500;

type Response = Extract<HttpOutcome, { kind: 'response' }>;

interface Cached {
  etag: string;
  entity: WireEntity;
  storedAt: number;
}

export function createNzbnClient(settings: NzbnSettings): CompanyRegister {
  const now = settings.now ?? (() => new Date());
  const pacer = createPacer(settings.pace);
  const cache = createEntityCache();
  const base = settings.baseUrl.replace(/\/+$/, '');

  /** One paced call; answers the response when its status is 200 or one of `results`, throws else. */
  async function get(
    to: RoutedPath,
    results: number[],
    options: CallOptions,
    etag?: string,
  ): Promise<Response> {
    const outcome = await pacer.run(
      () =>
        sendRequest({
          method: 'GET',
          url: `${base}${to.path}`,
          target: { system: 'register', route: to.route },
          headers: {
            'Ocp-Apim-Subscription-Key': settings.apiKey,
            'api-business-govt-nz-Request-Id': randomUUID(),
            ...(etag === undefined ? {} : { 'If-None-Match': etag }),
          },
          timeoutMs: settings.timeoutMs,
          signal: options.signal,
          correlationId: options.correlationId,
        }),
      options.signal,
    );
    if (outcome.kind === 'response' && [200, ...results].includes(outcome.status)) return outcome;
    const error = classify(outcome);
    if (error.type === 'RegisterRateLimited') await holdEverybody(error.retryAfterMs ?? HOLD_MS);
    throw error;
  }

  /** What the register asks of one caller, it asks of all who use its key. */
  async function holdEverybody(ms: number): Promise<void> {
    try {
      await settings.pace.turns.hold(Math.min(ms, LONGEST_HOLD_MS));
    } catch (error) {
      // The caller itself waits as it was told; that the others could not be told does not change what it was told.
      if (!(error instanceof ApplicationFailure)) throw error;
    }
  }

  async function searchPages(
    term: string,
    status: string | null,
    options: CallOptions,
  ): Promise<SearchItem[]> {
    const found = new Map<string, SearchItem>();
    let total = 0;
    for (let page = 0, read = 0; page < MAX_PAGES; page += 1) {
      const query = new URLSearchParams({
        'search-term': term,
        ...(status === null ? {} : { 'entity-status': status }),
        page: String(page),
        'page-size': String(PAGE_SIZE),
      });
      const answer = readBody(
        searchPageSchema,
        await get({ path: `/entities?${query}`, route: '/entities' }, [], options),
      );
      const before = found.size;
      for (const item of answer.items) found.set(item.nzbn, item);
      read += answer.items.length;
      total = answer.total ?? 0;
      if (answer.total !== null && read >= answer.total) break;
      // A server that counts pages from 1 may give page 0 empty, or page 1 twice; the echoed page number proves nothing.
      const emptyFirst = page === 0 && answer.items.length === 0 && (answer.total ?? 0) > 0;
      if (found.size === before && !emptyFirst) break;
    }
    // It counts some and shows none: that is no "no match".
    if (found.size === 0 && total > 0) throw new RegisterError('RegisterContractError', undefined, 'items');
    return [...found.values()];
  }

  return {
    async searchByName(term, options = {}) {
      const registered = await searchPages(term, 'Registered', options);
      // Without the filter, a person sees "removed" instead of "no match".
      const items = registered.length > 0 ? registered : await searchPages(term, null, options);
      return items.map(summaryOf);
    },

    async fetchEntity(nzbn, options = {}): Promise<RegisterEntity | null> {
      const cached = cache.get(nzbn, now().getTime());
      const response = await get(
        routed`/entities/${nzbn}`,
        cached ? [304, 404] : [404],
        options,
        cached?.etag,
      );
      if (response.status === 404) return null;
      if (response.status === 304 && cached) {
        return mapEntity(cached.entity, { fetchedAt: now(), etag: cached.etag });
      }
      const entity = readBody(entitySchema, response);
      if (entity.nzbn !== nzbn)
        throw new RegisterError('RegisterContractError', undefined, 'nzbn of another entity');
      const etag = response.headers.get('etag');
      if (etag !== null) cache.set(nzbn, { etag, entity, storedAt: now().getTime() });
      return mapEntity(entity, { fetchedAt: now(), etag });
    },
  };
}

function createEntityCache() {
  const entries = new Map<string, Cached>();
  return {
    get(nzbn: string, nowMs: number): Cached | undefined {
      const cached = entries.get(nzbn);
      return cached !== undefined && nowMs - cached.storedAt < CACHE_MS ? cached : undefined;
    },
    set(nzbn: string, cached: Cached): void {
      entries.delete(nzbn);
      entries.set(nzbn, cached);
      const [oldest] = entries.keys();
      if (entries.size > CACHE_ENTRIES && oldest !== undefined) entries.delete(oldest);
    },
  };
}

function summaryOf(item: SearchItem): RegisterSummary {
  return {
    nzbn: item.nzbn,
    name: item.entityName,
    previousNames: item.previousEntityNames,
    tradingNames: item.tradingNames.flatMap(({ name, endDate }) =>
      name === null ? [] : [{ name, endDate }],
    ),
    typeCode: item.entityTypeCode,
    statusCode: item.entityStatusCode,
    statusDescription: item.entityStatusDescription,
    registrationDate: item.registrationDate,
    registerNumber: item.sourceRegisterUniqueId,
  };
}

/** The body through its schema. Broken JSON is trouble on the way and retried; a body of another shape is a contract error. */
function readBody<T extends z.ZodType>(schema: T, response: Response): z.infer<T> {
  if (response.json === undefined) throw new RegisterError('RegisterUnavailable', undefined, 'no JSON body');
  const parsed = schema.safeParse(response.json);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join('.') || 'body';
  throw new RegisterError('RegisterContractError', undefined, path);
}

function classify(outcome: HttpOutcome): RegisterError {
  if (outcome.kind === 'not_sent') {
    return new RegisterError(
      outcome.reason === 'invalid_request' ? 'RegisterInvalidRequest' : 'RegisterUnavailable',
    );
  }
  if (outcome.kind === 'lost') {
    return new RegisterError(
      outcome.reason === 'too_large' ? 'RegisterContractError' : 'RegisterUnavailable',
    );
  }
  const { status } = outcome;
  const retryAfterMs = outcome.retryAfterMs ?? undefined;
  const detail = `status ${status}`;
  const says = (pattern: RegExp): boolean => {
    const body = errorBodySchema.safeParse(outcome.json);
    return (
      body.success && Object.values(body.data).some((value) => value !== undefined && pattern.test(value))
    );
  };
  if (status === 429) return new RegisterError('RegisterRateLimited', retryAfterMs, detail);
  if (status === 403 && says(/quota/i)) return new RegisterError('RegisterQuotaError', undefined, detail);
  if (status === 401 || status === 403) return new RegisterError('RegisterAuthError', undefined, detail);
  if (status >= 500 || status === 408) return new RegisterError('RegisterUnavailable', retryAfterMs, detail);
  if (status === 404 || status < 400) return new RegisterError('RegisterContractError', undefined, detail);
  return new RegisterError('RegisterInvalidRequest', undefined, detail);
}
