/** What every row of the backend's table is made of. */
import { z } from 'zod';
import type { SubStepKey } from '../../../../domain/sub-steps';
import type { Answer } from '../../answers';
import type { MenuFacts, RestaurantFacts } from '../../catalogue';
import type { Core } from '../../core';
import { backendRecord, type BackendLog } from '../../state';
import { TYPICAL_MS, type Script } from '../scripts';

export type ScriptKey = Exclude<SubStepKey, 'uploadImages'>;

/** What a row is given once its body was read. */
export interface Asked<B> {
  core: Core;
  body: B;
  restaurant: RestaurantFacts;
  /** The menu that the body names; null where it names none. */
  menu: MenuFacts | null;
}

export interface Row<B> {
  path: string;
  /** The organisation feature that gates it, without the prefix `registration.`. */
  flag: string;
  body: z.ZodType<B>;
  /** A refusal at once, or the script to run. */
  prepare(asked: Asked<B>): Answer | Script;
}

export const text = z.string().trim().min(1);
export const forRestaurant = { restaurantId: text };
export const forMenu = z.object({ ...forRestaurant, menuId: text });
export const row = <B>(given: Row<B>): Row<B> => given;

/** A script that makes one whole thing; what it does need not be counted. */
export const whole = (
  subStep: SubStepKey,
  account: string | null,
  apply: Script['apply'],
  success: Record<string, unknown> = {},
): Script => ({
  durationMs: TYPICAL_MS[subStep],
  account,
  units: 1,
  apply,
  success: () => success,
});

export function log(
  { core, restaurant }: Asked<unknown>,
  action: BackendLog['action'],
  userEmail: string | null,
): void {
  const { logs } = backendRecord(core.state(), restaurant.id);
  logs.unshift({ action, status: 'success', created_at: core.clock.iso(), userEmail });
}
