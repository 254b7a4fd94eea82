import { z } from 'zod';
import { routed } from '../../../domain/telemetry/outside-calls';
import type { SubStepKey } from '../../../domain/sub-steps';
import { joinUrl, read, type BackendSettings, type ReadResult } from './backend-transport';
import type { SubStepCall } from './request-types';

/** Counted or listed; we need the number alone. */
const amount = z.union([
  z.number().int().nonnegative(),
  z.array(z.unknown()).transform((list) => list.length),
]);
/** A text that is set, or said to be set. */
const isSet = z.union([
  z.boolean(),
  z.string().transform((text) => text.trim() !== ''),
  z.null().transform(() => false),
]);
const tagName = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]);

const restaurantSchema = z.object({
  menus: z.array(z.object({ dishes: amount })),
  optionSets: amount,
  tags: z.array(tagName),
  headInjection: isSet,
  pickup: isSet,
  delivery: isSet,
  stripe: isSet,
});
export type PlatformRestaurant = z.output<typeof restaurantSchema>;

/** The platform's own view of a restaurant by its platform id; null where it knows none. Only if a reader is configured. */
export function readPlatformRestaurant(
  settings: BackendSettings & { platformReadBaseUrl: string },
  key: SubStepKey,
  call: SubStepCall,
  pumpdRestaurantId: string,
): Promise<ReadResult<PlatformRestaurant>> {
  const { path, route } = routed`/v1/restaurants/${pumpdRestaurantId}`;
  return read({
    url: joinUrl(settings.platformReadBaseUrl, path),
    target: { system: 'platform', route },
    headers: {},
    schema: restaurantSchema,
    key,
    call,
    limits: settings.limits,
  });
}
