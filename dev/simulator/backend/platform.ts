/** Restaurants on the ordering platform itself. */
import type { Core } from '../core';
import { hex } from '../random';
import { backendRecord, type PlatformRestaurant } from '../state';

/**
 * What the backend makes of a name: a to z and digits alone (letters with macrons are dropped, not folded), `order-` in
 * front of less than four. Null if nothing is left.
 */
export function subdomainOf(name: string): string | null {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (plain === '') return null;
  return plain.length < 4 ? `order-${plain}` : plain;
}

interface NewRestaurant {
  restaurantId: string;
  accountEmail: string;
  name: string;
  subdomain: string;
}

/** Always makes one, as the platform does: a second one for the same restaurant is a duplicate. */
export function createRestaurant(core: Core, given: NewRestaurant): { duplicate: boolean } {
  const state = core.state();
  const { platformIds } = backendRecord(state, given.restaurantId);
  const number = platformIds.length + 1;
  const id = `RES${hex(12, core.seed, 'restaurant', given.restaurantId, number)}`;
  const subdomain = number === 1 ? given.subdomain : `${given.subdomain}${number}`;
  state.platform[id] = {
    ...given,
    id,
    subdomain,
    menus: [],
    optionSets: 0,
    tags: [],
    itemsTagged: 0,
    headInjection: false,
    pickup: false,
    delivery: false,
    stripe: false,
  };
  platformIds.push(id);
  return { duplicate: number > 1 };
}

/** The first restaurant that was made on the platform for this one. */
export function platformRestaurant(core: Core, restaurantId: string): PlatformRestaurant | null {
  const state = core.state();
  const [id] = state.backend[restaurantId]?.platformIds ?? [];
  return id === undefined ? null : (state.platform[id] ?? null);
}
