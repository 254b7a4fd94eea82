/** Restaurants and menus as the backend reads them: from the platform's database where one is configured, else from the seeded world. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import type { WorldState } from './state';

export interface RestaurantFacts {
  id: string;
  organisationId: string;
  name: string;
  websiteUrl: string | null;
  primaryColor: string | null;
  secondaryColor: string | null;
}

export interface MenuFacts {
  id: string;
  organisationId: string;
  restaurantId: string;
  dishes: { name: string; tags: string[]; image: string | null }[];
  optionSets: number;
}

/** Null = unknown. Both throw `CatalogueUnavailable` when the database cannot be read. */
export interface Catalogue {
  restaurant(id: string): Promise<RestaurantFacts | null>;
  menu(id: string): Promise<MenuFacts | null>;
}

export class CatalogueUnavailable extends Error {
  constructor(reason: string) {
    super(`The platform's database is unavailable: ${reason}`);
    this.name = 'CatalogueUnavailable';
  }
}

function seededMenu(state: WorldState, id: string): MenuFacts | null {
  for (const restaurant of Object.values(state.restaurants)) {
    const menu = restaurant.menus.find((candidate) => candidate.id === id);
    if (menu === undefined) continue;
    return {
      id,
      organisationId: restaurant.organisation_id,
      restaurantId: restaurant.id,
      dishes: menu.dishes.map(({ name, tags, image }) => ({ name, tags, image: image ?? null })),
      optionSets: menu.option_sets,
    };
  }
  return null;
}

/** Whether what an extraction brings is there yet. */
export const isExtracted = (state: WorldState, restaurantId: string): boolean =>
  state.restaurants[restaurantId]?.extraction.state === 'none' || state.extracted.includes(restaurantId);

export function seededCatalogue(state: () => WorldState): Catalogue {
  return {
    restaurant: async (id) => {
      const found = state().restaurants[id];
      if (found === undefined) return null;
      const ready = isExtracted(state(), id);
      return {
        id,
        organisationId: found.organisation_id,
        name: found.name,
        websiteUrl: found.website_url ?? null,
        primaryColor: (ready ? found.primary_color : undefined) ?? null,
        secondaryColor: (ready ? found.secondary_color : undefined) ?? null,
      };
    },
    menu: async (id) => {
      const menu = seededMenu(state(), id);
      return menu !== null && isExtracted(state(), menu.restaurantId) ? menu : null;
    },
  };
}

const restaurantRow = z.object({
  id: z.string(),
  organisation_id: z.string(),
  name: z.string(),
  website_url: z.string().nullable(),
  primary_color: z.string().nullable(),
  secondary_color: z.string().nullable(),
});
const menuRow = z.object({ id: z.string(), organisation_id: z.string(), restaurant_id: z.string() });
const itemRow = z.object({
  name: z.string(),
  tags: z.array(z.string()).nullable(),
  image_url: z.string().nullable(),
});

/** Real milliseconds: callers believe an effect absent some time after their call, however slow the database was. */
const READ_WITHIN_MS = 1_000;

/** Reads live. How many option sets a menu has is no column of the platform: that comes from the seeded world. */
export function platformCatalogue(client: SupabaseClient, state: () => WorldState): Catalogue {
  const rows = async <T>(table: string, column: string, value: string, row: z.ZodType<T>): Promise<T[]> => {
    // Without the library's own repeats: a script that begins seconds after it was asked for would outlive its limit.
    const { data, error } = await client
      .from(table)
      .select('*')
      .eq(column, value)
      .abortSignal(AbortSignal.timeout(READ_WITHIN_MS))
      .retry(false);
    if (error !== null) {
      // 22P02: the id is no UUID, so there is no such row.
      if (error.code === '22P02') return [];
      throw new CatalogueUnavailable(error.message);
    }
    return z.array(row).parse(data);
  };
  return {
    restaurant: async (id) => {
      const [row] = await rows('restaurants', 'id', id, restaurantRow);
      if (row === undefined) return null;
      return {
        id,
        organisationId: row.organisation_id,
        name: row.name,
        websiteUrl: row.website_url,
        primaryColor: row.primary_color,
        secondaryColor: row.secondary_color,
      };
    },
    menu: async (id) => {
      const [menu] = await rows('menus', 'id', id, menuRow);
      if (menu === undefined) return null;
      const items = await rows('menu_items', 'menu_id', id, itemRow);
      return {
        id,
        organisationId: menu.organisation_id,
        restaurantId: menu.restaurant_id,
        dishes: items.map((item) => ({ name: item.name, tags: item.tags ?? [], image: item.image_url })),
        optionSets: seededMenu(state(), id)?.optionSets ?? 0,
      };
    },
  };
}
