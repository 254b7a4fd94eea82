/** What can be put into a batch. */
import { z } from 'zod';
import { readScope } from '../auth';
import { mapLimited } from '../../domain/concurrency';
import type { RouteContext } from '../deps';
import { endpoint, notFound } from '../http/endpoint';
import { menuRow, restaurantListQuery, restaurantRow } from '../record/restaurants';
import { pageQuery, pagination, paginationOf, restaurantParams } from '../schemas';

const COUNTS_AT_ONCE = 8;

export function restaurantRoutes({ host, record }: RouteContext): void {
  endpoint(
    host,
    {
      method: 'get',
      path: '/restaurants',
      summary: 'Restaurants of your organisation, and whether a live job holds them',
      tag: 'restaurants',
      access: 'read',
      limit: 'read',
      query: z.object({ ...restaurantListQuery.shape, ...pageQuery.shape }),
      answer: z.object({ restaurants: restaurantRow.array(), total_count: z.number(), pagination }),
    },
    async ({ caller, query }) => {
      const { rows, total } = await record.listRestaurants(readScope(caller), query);
      return { restaurants: rows, total_count: total, pagination: paginationOf(query, total) };
    },
  );

  endpoint(
    host,
    {
      method: 'get',
      path: '/restaurants/:restaurantId/menus',
      summary: 'Menus of a restaurant, newest first',
      tag: 'restaurants',
      access: 'read',
      limit: 'read',
      params: restaurantParams,
      query: pageQuery,
      answer: z.object({
        menus: z.object({ ...menuRow.shape, dish_count: z.number() }).array(),
        total_count: z.number(),
        pagination,
      }),
      errors: ['RESTAURANT_NOT_FOUND'],
    },
    async ({ caller, params, query }) => {
      if (!(await record.restaurantExists(readScope(caller), params.restaurantId))) {
        throw notFound('RESTAURANT_NOT_FOUND');
      }
      const { rows, total } = await record.menus(params.restaurantId, query);
      const menus = await mapLimited(rows, COUNTS_AT_ONCE, async (menu) => ({
        ...menu,
        dish_count: await record.countDishes(menu.id),
      }));
      return { menus, total_count: total, pagination: paginationOf(query, total) };
    },
  );
}
