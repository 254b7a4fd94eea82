/** Reads of the platform's tables: profiles, restaurants, their menus and dishes. */
import { z } from 'zod';
import type { RestaurantFacts } from '../../domain/configuration';
import type { Profile, Scope } from '../auth';
import { MAX_PAGE, type PageQuery } from '../schemas';
import { ask, askPage, type Database, type Page } from './client';
import { containsPattern, likeLiteral } from './batches';
import { inChunks } from './jobs';

export const RESTAURANT_SORTS = ['name', 'city', 'created_at'] as const;

export const restaurantListQuery = z.object({
  search: z.string().trim().min(1).max(200).optional(),
  city: z.string().trim().min(1).max(100).optional(),
  cuisine: z.string().trim().min(1).max(100).optional(),
  /** `true`: only those that are in no live batch. */
  available: z.enum(['true', 'false']).default('false'),
  sort_by: z.enum(RESTAURANT_SORTS).default('name'),
  sort_direction: z.enum(['asc', 'desc']).default('asc'),
});
export type RestaurantListQuery = z.infer<typeof restaurantListQuery> & PageQuery;

export const restaurantRow = z.object({
  id: z.guid(),
  name: z.string().nullable(),
  address: z.string().nullable(),
  city: z.string().nullable(),
  cuisine: z.unknown(),
  company_name: z.string().nullable(),
  onboarding_status: z.string().nullable(),
  created_at: z.string(),
  menus: z.object({ id: z.guid(), is_active: z.boolean() }).array(),
  /** At most one: what keeps it out of another batch. */
  live_jobs: z.object({ id: z.guid(), batch_job_id: z.guid(), status: z.string() }).array(),
});

export const menuRow = z.object({
  id: z.guid(),
  version: z.number(),
  is_active: z.boolean(),
  created_at: z.string(),
});

const profileRow = z.object({ organisation_id: z.guid().nullable(), role: z.string().nullable() });

const nullableText = z.string().nullable();

const factsRow = z.object({
  id: z.guid(),
  organisation_id: z.guid(),
  name: z.string().nullable(),
  address: nullableText,
  city: nullableText,
  phone: nullableText,
  email: nullableText,
  user_email: nullableText,
  contact_name: nullableText,
  contact_phone: nullableText,
  theme: nullableText,
  cuisine: z.unknown(),
  primary_color: nullableText,
  secondary_color: nullableText,
  opening_hours: z.unknown(),
  menus: z.object({ id: z.guid(), is_active: z.boolean(), created_at: z.string() }).array(),
  accounts: z
    .object({ organisation_id: z.guid(), email: nullableText, secret_id: z.guid().nullable() })
    .array(),
});

const FACTS = Object.keys(factsRow.shape)
  .map((column) => {
    if (column === 'menus') return 'menus(id, is_active, created_at)';
    return column === 'accounts' ? 'accounts:pumpd_accounts(organisation_id, email, secret_id)' : column;
  })
  .join(', ');

/** The newest account that the restaurant's own organisation stored. */
function toFacts(row: z.infer<typeof factsRow>): RestaurantFacts {
  const { accounts, organisation_id, name, ...rest } = row;
  const account = accounts.find(
    (stored) => stored.organisation_id === organisation_id && stored.email !== null,
  );
  return {
    ...rest,
    name: name ?? '',
    account: account?.email ? { email: account.email, secret_id: account.secret_id } : null,
  };
}

const dishRow = z.object({
  id: z.guid(),
  name: z.string().nullable(),
  /** jsonb: a list of texts, or one text. */
  tags: z.unknown(),
});
export type DishRow = z.infer<typeof dishRow>;

/** PostgREST gives at most so many rows at once in a default project. */
const ROWS_PER_QUERY = 1_000;

/** A value inside PostgREST's `or(…)`, where commas and brackets would otherwise have a meaning. */
const quoted = (value: string): string => `"${value.replace(/["\\]/g, (sign) => `\\${sign}`)}"`;

export function restaurantReads(db: Database) {
  return {
    async profile(userId: string): Promise<Profile | null> {
      const query = db.from('profiles').select('organisation_id, role').eq('id', userId).maybeSingle();
      const row = await ask(query, profileRow.nullable());
      return row && { organisationId: row.organisation_id, role: row.role };
    },

    /** Whose restaurant it is; for callers that belong to no organisation themselves. */
    async organisationOf(restaurantId: string): Promise<string | null> {
      const query = db.from('restaurants').select('organisation_id').eq('id', restaurantId).maybeSingle();
      return (
        (await ask(query, z.object({ organisation_id: z.guid().nullable() }).nullable()))?.organisation_id ??
        null
      );
    },

    async listRestaurants(
      scope: Scope,
      filter: RestaurantListQuery,
    ): Promise<Page<z.infer<typeof restaurantRow>>> {
      const own = Object.keys(restaurantRow.shape).filter(
        (column) => column !== 'menus' && column !== 'live_jobs',
      );
      const columns = [
        ...own,
        'menus(id, is_active)',
        'live_jobs:registration_jobs(id, batch_job_id, status)',
      ];
      let query = db
        .from('restaurants')
        .select(columns.join(', '), { count: 'exact' })
        .in('live_jobs.status', ['pending', 'in_progress', 'action_required']);
      if (scope !== null) query = query.eq('organisation_id', scope);
      if (filter.search !== undefined) query = query.ilike('name', containsPattern(filter.search));
      if (filter.city !== undefined) query = query.ilike('city', containsPattern(filter.city));
      if (filter.cuisine !== undefined) query = query.contains('cuisine', JSON.stringify([filter.cuisine]));
      if (filter.available === 'true') query = query.is('live_jobs', null);
      query = query
        .order(filter.sort_by, { ascending: filter.sort_direction === 'asc' })
        .order('id')
        .range(filter.offset, filter.offset + filter.limit - 1);
      return askPage(query, restaurantRow);
    },

    async restaurantExists(scope: Scope, id: string): Promise<boolean> {
      let query = db.from('restaurants').select('id').eq('id', id);
      if (scope !== null) query = query.eq('organisation_id', scope);
      return (await ask(query.maybeSingle(), z.object({ id: z.guid() }).nullable())) !== null;
    },

    async menus(restaurantId: string, page: PageQuery): Promise<Page<z.infer<typeof menuRow>>> {
      const query = db
        .from('menus')
        .select(Object.keys(menuRow.shape).join(', '), { count: 'exact' })
        .eq('restaurant_id', restaurantId)
        .order('created_at', { ascending: false })
        .range(page.offset, page.offset + page.limit - 1);
      return askPage(query, menuRow);
    },

    async countDishes(menuId: string): Promise<number> {
      const query = db.from('menu_items').select('id', { count: 'exact' }).eq('menu_id', menuId).limit(1);
      return (await askPage(query, z.object({ id: z.guid() }))).total;
    },

    async dishes(menuId: string): Promise<DishRow[]> {
      const dishes: DishRow[] = [];
      for (;;) {
        const query = db
          .from('menu_items')
          .select('id, name, tags', { count: 'exact' })
          .eq('menu_id', menuId)
          .order('id')
          .range(dishes.length, dishes.length + ROWS_PER_QUERY - 1);
        const { rows, total } = await askPage(query, dishRow);
        dishes.push(...rows);
        if (rows.length === 0 || dishes.length >= total) return dishes;
      }
    },

    /** Restaurants of the organisation that have this owner's e-mail, whatever its case: they live in one account. */
    async restaurantsOfOwner(organisationId: string, email: string): Promise<{ id: string; name: string }[]> {
      if (email === '') return [];
      const same = quoted(likeLiteral(email));
      const query = db
        .from('restaurants')
        .select('id, name')
        .eq('organisation_id', organisationId)
        .or(`user_email.ilike.${same},email.ilike.${same}`)
        .limit(MAX_PAGE);
      const rows = await ask(query, z.object({ id: z.guid(), name: z.string().nullable() }).array());
      return rows.map(({ id, name }) => ({ id, name: name ?? '' }));
    },

    /** Whether another restaurant, of any organisation, has this address at the platform. */
    async isSubdomainTaken(subdomain: string, restaurantId: string): Promise<boolean> {
      const query = db
        .from('pumpd_restaurants')
        .select('id')
        .eq('pumpd_subdomain', subdomain)
        .neq('restaurant_id', restaurantId)
        .limit(1);
      return (await ask(query, z.object({ id: z.guid() }).array())).length > 0;
    },

    /** What the configuration of these restaurants is filled from, by restaurant id. */
    async restaurantFacts(
      organisationId: string,
      ids: readonly string[],
    ): Promise<Map<string, RestaurantFacts>> {
      const rows = await inChunks(ids, (chunk) =>
        ask(
          db
            .from('restaurants')
            .select(FACTS)
            .eq('organisation_id', organisationId)
            .in('id', chunk)
            .order('created_at', { referencedTable: 'accounts', ascending: false }),
          factsRow.array(),
        ),
      );
      return new Map(rows.map((row) => [row.id, toFacts(row)]));
    },
  };
}
