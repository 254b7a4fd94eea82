/** The wire of the NZBN register, version 5. Routes for rules: `search`, `entity`, `part`. */
import { Router, type Request } from 'express';
import { answer, registerError, unauthorized, type Answer } from '../answers';
import { pathParam, serve, type Call, type Core } from '../core';
import { fold, paramsOf } from '../faults';
import { fraction, hex } from '../random';
import { isNzbn, type SeedEntity } from '../world';
import { fullEntity, searchItem, STATUS_FILTERS } from './documents';

const BASE = 'https://api.business.govt.nz/gateway/nzbn/v5';
const COMMON_WORDS = new Set(['limited', 'ltd', 'the', 'and', 'of', 'nz', 'example', 'test']);
const TYPE_GROUPS: Record<string, readonly string[]> = {
  nzcompany: ['LTD', 'ULTD', 'COOP'],
  overseascompany: ['ASIC', 'NON_ASIC'],
  soletrader: ['Sole_Trader'],
  partnership: ['Partnership'],
  trust: ['Trading_Trust'],
};

const words = (text: string): string[] =>
  fold(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1 && !COMMON_WORDS.has(word));

/** How many of the words asked for occur in a name, present or past, or in a trading name; a number must match whole. */
function overlap(entity: SeedEntity, term: string, asked: readonly string[]): number {
  const digits = term.replace(/\s/g, '');
  if (/^\d+$/.test(digits)) return entity.nzbn === digits || entity.number === digits ? 1 : 0;
  const names = [
    entity.name ?? '',
    ...entity.previous_names,
    ...entity.trading_names.map(({ name }) => name),
  ];
  const known = new Set(names.flatMap(words));
  return asked.filter((word) => known.has(word)).length;
}

const list = (value: unknown): string[] =>
  typeof value === 'string' && value !== '' ? value.split(',').map((part) => part.trim().toLowerCase()) : [];

function filtered(entities: SeedEntity[], query: Request['query']): SeedEntity[] {
  const codes = list(query['entity-status']).flatMap((status) => STATUS_FILTERS[status] ?? []);
  const types = list(query['entity-type']).flatMap((type) => TYPE_GROUPS[type] ?? [type]);
  const wanted = new Set(types.map((type) => type.toLowerCase()));
  return entities.filter(
    (entity) =>
      (query['entity-status'] === undefined || codes.includes(entity.status)) &&
      (wanted.size === 0 || wanted.has(entity.type.toLowerCase())),
  );
}

/** Best overlap first, then by NZBN. */
function found(entities: SeedEntity[], term: string): SeedEntity[] {
  const asked = [...new Set(words(term))];
  return entities
    .map((entity) => ({ entity, hits: overlap(entity, term, asked) }))
    .filter(({ hits }) => hits > 0)
    .sort((a, b) => b.hits - a.hits || a.entity.nzbn.localeCompare(b.entity.nzbn))
    .map(({ entity }) => entity);
}

function search(core: Core, { req, faults }: Call): Answer {
  const numeric = paramsOf(faults, 'numeric_status') !== undefined;
  const term = req.query['search-term'];
  if (typeof term !== 'string' || term.trim() === '')
    return registerError(400, 'search-term is required', 'search-term', numeric);
  const { entities, settings } = core.state();
  const asked = Number(req.query['page-size'] ?? 5);
  const page = Number(req.query['page'] ?? 0);
  if (!Number.isInteger(asked) || asked < 1 || !Number.isInteger(page) || page < 0)
    return registerError(400, 'page and page-size must be whole numbers', 'page', numeric);

  const pageSize = Math.min(asked, settings.registerPageSize);
  const at = paramsOf(faults, 'one_based_pages') === undefined ? page : Math.max(0, page - 1);
  const hits = found(filtered(Object.values(entities), req.query), term);
  const totalKey = paramsOf(faults, 'total_results') === undefined ? 'totalItems' : 'totalResults';
  const self = `${BASE}/entities?search-term=${encodeURIComponent(term)}&page=${page}&page-size=${pageSize}`;
  return answer(200, {
    pageSize,
    page,
    [totalKey]: hits.length,
    sortBy: null,
    sortOrder: null,
    items: hits.slice(at * pageSize, (at + 1) * pageSize).map((entity) => searchItem(entity, BASE)),
    links: [{ rel: 'self', href: self, methods: ['GET'] }],
  });
}

/** The entity asked for, or the register's error. */
function lookUp(core: Core, { req, faults }: Call): SeedEntity | Answer {
  const nzbn = pathParam(req, 'nzbn');
  const numeric = paramsOf(faults, 'numeric_status') !== undefined;
  if (!isNzbn(nzbn)) return registerError(400, 'The NZBN is not valid', 'nzbn', numeric);
  return (
    core.state().entities[nzbn] ?? registerError(404, 'There is no entity with this NZBN', null, numeric)
  );
}

const isAnswer = (value: SeedEntity | Answer): value is Answer => !('nzbn' in value);

function entity(core: Core, call: Call): Answer {
  const known = lookUp(core, call);
  if (isAnswer(known)) return known;
  const document = fullEntity(known);
  const ETag = `"${hex(16, 0, JSON.stringify(document))}"`;
  if (call.req.get('if-none-match') === ETag) return answer(304, undefined, { ETag });
  const flat = paramsOf(call.faults, 'flat_addresses') !== undefined;
  const addresses = (document['addresses'] as { addressList: unknown[] }).addressList;
  return answer(200, flat ? { ...document, addresses } : document, { ETag });
}

const PARTS: Record<string, (document: Record<string, unknown>) => unknown> = {
  addresses: (document) => (document['addresses'] as { addressList: unknown[] }).addressList,
  roles: (document) => document['roles'],
  'trading-names': (document) => document['tradingNames'],
  'phone-numbers': (document) => document['phoneNumbers'],
  'email-addresses': (document) => document['emailAddresses'],
  websites: (document) => document['websites'],
  'industry-classifications': (document) => document['industryClassifications'],
  'gst-numbers': (document) => document['gstNumbers'],
};

function part(core: Core, call: Call): Answer {
  const known = lookUp(core, call);
  if (isAnswer(known)) return known;
  const name = pathParam(call.req, 'part');
  const rows = PARTS[name]?.(fullEntity(known)) as unknown[] | undefined;
  const noneOnFile = (name === 'roles' || name === 'gst-numbers') && rows?.length === 0;
  if (rows === undefined || noneOnFile) return registerError(404, 'Not found', null);
  if (paramsOf(call.faults, 'roles_wrapper') !== undefined) return answer(200, { roles: rows });
  if (paramsOf(call.faults, 'items_wrapper') !== undefined) return answer(200, { items: rows });
  return answer(200, rows);
}

export function registerRoutes(core: Core): Router {
  const router = Router();
  const authorise = (req: Request): Answer | null => {
    const key = req.get('ocp-apim-subscription-key');
    if (key === core.keys.nzbnApiKey) return null;
    const missing =
      'Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.';
    const refused = unauthorized('nzbn');
    return key === undefined ? { ...refused, body: { statusCode: 401, message: missing } } : refused;
  };
  const get = (path: string, route: string, handle: (core: Core, call: Call) => Answer): void => {
    const facts = (req: Request): { term: string } => ({
      term: String(req.query['search-term'] ?? req.params['nzbn'] ?? ''),
    });
    const slowly = async (call: Call): Promise<Answer> => {
      await core.clock.sleep(150 + 350 * fraction(core.seed, 'register', call.req.originalUrl));
      return handle(core, call);
    };
    router.get(path, serve(core, { system: 'nzbn', route, facts, authorise, handle: slowly }));
  };
  get('/entities', 'search', search);
  get('/entities/:nzbn', 'entity', entity);
  get('/entities/:nzbn/:part', 'part', part);
  return router;
}
