/** The kinds of check that the table in verification.ts is made of. */
import type { FailureType } from '../../../domain/failures';
import type { SubStepOutput } from '../../../domain/record';
import { waitOrAbort } from '../../../domain/wait';
import type { BackendSettings, ReadResult } from './backend-transport';
import type { PlatformRestaurant } from './platform-read';
import type { Reads } from './reads';
import type { SubStepCall, Verdict } from './request-types';

/**
 * What a count that has grown means when nobody told us its target: after a success `final`; after a lost answer `settle`, it is
 * final once it stands still; after a failure that the service reported `part`, since its script stopped half-way.
 */
export type Growth = 'final' | 'settle' | 'part';

export interface CheckContext {
  reads: Reads;
  call: SubStepCall;
  growth: Growth;
  settleMs: BackendSettings['limits']['settleMs'];
}

export interface Check {
  /** Whether there is anything to read, given a reader of the platform or none. */
  pollable: (platform: boolean) => boolean;
  /** A reported success that the read does not show is not believed; of weak reads it is, as reported only. */
  absenceContradicts: (platform: boolean) => boolean;
  capture: (context: CheckContext) => Promise<SubStepOutput | null>;
  verify: (context: CheckContext) => Promise<Verdict>;
}

/** A read that failed; caught where checks are called, never seen outside this folder. */
export class ReadFailed extends Error {
  constructor(
    readonly failure: FailureType,
    readonly retryAfterMs?: number,
  ) {
    super(failure);
  }
}

/** The value that was read, null where there is none. */
export async function needed<T>(reading: Promise<ReadResult<T>>): Promise<T | null> {
  const result = await reading;
  if (!result.ok) throw new ReadFailed(result.failure, result.retryAfterMs);
  return result.value;
}

export const present = (output: SubStepOutput): Verdict => ({ present: true, proof: 'read_back', output });
export const absent: Verdict = { present: false };
export const unknown: Verdict = { present: 'unknown' };

/** The restaurant as the platform shows it; null without a reader, a platform id, or an entry. */
export async function platformRestaurant({ reads, call }: CheckContext): Promise<PlatformRestaurant | null> {
  if (reads.platform === null) return null;
  const handed = call.outputs.restaurantRegistration?.['pumpd_restaurant_id'];
  const id =
    typeof handed === 'string'
      ? handed
      : (await needed(reads.status()))?.pumpdRestaurant?.pumpd_restaurant_id;
  return id ? needed(reads.platform(id)) : null;
}

interface FlagReading {
  /** The settings are there. */
  configured: boolean;
  output: SubStepOutput;
}

/**
 * Settings that are there or not: theirs is the attempt that found them absent. If they were there before, the read cannot tell whether
 * this attempt set them. `look` gives null where there is nothing to read.
 */
export function flagCheck(
  pollable: Check['pollable'],
  absenceContradicts: Check['absenceContradicts'],
  look: (context: CheckContext) => Promise<FlagReading | null>,
): Check {
  return {
    pollable,
    absenceContradicts,
    async capture(context) {
      const reading = await look(context);
      return reading && { configured: reading.configured };
    },
    async verify(context) {
      const reading = await look(context);
      if (reading === null) return unknown;
      if (!reading.configured) return absent;
      return context.call.stateBefore?.['configured'] === false ? present(reading.output) : unknown;
    },
  };
}

/**
 * Things that a second run would double, so only their number tells: it is compared with the number before the attempt. `target` is how many
 * must be added, where that is known. Less than that is a part, never a reason to run again.
 */
export function growthCheck(
  name: string,
  measure: (restaurant: PlatformRestaurant) => number,
  target: (call: SubStepCall, before: number) => number | undefined,
): Check {
  const count = async (context: CheckContext): Promise<number | null> => {
    const restaurant = await platformRestaurant(context);
    return restaurant && measure(restaurant);
  };
  return {
    pollable: (platform) => platform,
    absenceContradicts: (platform) => platform,
    async capture(context) {
      const before = await count(context);
      return before === null ? null : { [name]: before };
    },
    async verify(context) {
      const before = context.call.stateBefore?.[name];
      const now = await count(context);
      if (typeof before !== 'number' || now === null || now < before) return unknown;
      const expected = target(context.call, before);
      // Nothing to add: no number can tell whether it ran.
      if (expected === 0) return unknown;
      if (now === before) return absent;
      const whole =
        expected === undefined
          ? context.growth === 'final' ||
            (context.growth === 'settle' && (await standsStill(context, count, now)))
          : now - before >= expected;
      if (whole) return present({ [name]: now - before });
      // Without a target nobody can say that something is missing, only that something was added.
      return { present: 'undecided', failure: expected === undefined ? 'OutcomeUnclear' : 'PartialResult' };
    },
  };
}

async function standsStill(
  context: CheckContext,
  count: (context: CheckContext) => Promise<number | null>,
  seen: number,
): Promise<boolean> {
  await waitOrAbort(context.settleMs, context.call.signal);
  return !context.call.signal.aborted && (await count(context)) === seen;
}
