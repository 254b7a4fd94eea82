import type { SubStepKey } from '../../../domain/sub-steps';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** How long we wait beyond the moment at which the backend ends its own script. */
const MARGIN = 30 * SECOND;

export interface RowLimits {
  /** Our own timeout of the call, ms. */
  clientTimeoutMs: number;
  /** From the attempt's start, ms: before this an effect that is not seen may still come. */
  absentAfterMs: number;
}

export interface BackendLimits {
  rows: Readonly<Record<SubStepKey, RowLimits>>;
  /** One read of the backend's or the platform's state. */
  readTimeoutMs: number;
  /** Pause before a read that failed is tried again in place. */
  readRetryMs: number;
  /** Between two looks at an upload batch: at first, and at most. */
  pollFirstMs: number;
  pollMaxMs: number;
  /** How long one attempt follows an upload batch. */
  uploadWaitMs: number;
  /** A count that nobody told us the target of is believed to be final once it stood still for this long. */
  settleMs: number;
  /** Between two reports of progress. */
  progressEveryMs: number;
}

/** `killMs`: when the backend ends its script, or our guess where it states no limit. */
const row = (killMs: number, clientTimeoutMs = killMs + MARGIN): RowLimits => ({
  clientTimeoutMs,
  absentAfterMs: killMs + MARGIN,
});

/** Unscaled. The two longest end just inside the hour that the backend's proxy and script allow. */
export const LIMITS: BackendLimits = {
  rows: {
    cloudwaitressAccount: row(20 * SECOND),
    codeGeneration: row(120 * SECOND),
    createOnboardingUser: row(120 * SECOND),
    uploadImages: row(5 * MINUTE - MARGIN),
    restaurantRegistration: row(180 * SECOND),
    websiteConfig: row(240 * SECOND),
    servicesConfig: row(180 * SECOND),
    paymentConfig: row(180 * SECOND),
    menuImport: row(120 * SECOND),
    syncOnboardingUser: row(20 * SECOND),
    optionSets: row(3_600 * SECOND, 3_570 * SECOND),
    itemTags: row(3_600 * SECOND, 3_570 * SECOND),
  },
  readTimeoutMs: 20 * SECOND,
  readRetryMs: SECOND,
  pollFirstMs: 2 * SECOND,
  pollMaxMs: 10 * SECOND,
  uploadWaitMs: 8 * MINUTE,
  settleMs: MINUTE,
  progressEveryMs: 10 * SECOND,
};

/** A busy machine does not speed up with the world that it simulates: no limit is scaled below its floor. */
const FLOOR = {
  /** Beyond the end of a script: its effect may come late by as much. */
  effect: 2_000,
  /** The same of its answer, which a process of ours that is kept from its work takes late as well. */
  answer: 6_000,
  settle: 1_000,
  progress: 1_000,
  readTimeout: 2_000,
  uploadWait: 2_000,
  poll: 20,
} as const;

/** The limits of a world that runs `1 / timeScale` times as fast (1 = real time). */
export function scaledLimits(timeScale: number): BackendLimits {
  const scaled = (ms: number, floor: number): number => Math.max(floor, Math.round(ms * timeScale));
  const withMargin = (ms: number, floor: number): number =>
    Math.round((ms - MARGIN) * timeScale) + scaled(MARGIN, floor);
  const scaledRow = ({ clientTimeoutMs, absentAfterMs }: RowLimits): RowLimits => ({
    clientTimeoutMs: withMargin(clientTimeoutMs, FLOOR.answer),
    absentAfterMs: withMargin(absentAfterMs, FLOOR.effect),
  });
  const rows = Object.entries(LIMITS.rows).map(([key, limits]) => [key, scaledRow(limits)]);
  return {
    rows: Object.fromEntries(rows) as Record<SubStepKey, RowLimits>,
    readTimeoutMs: scaled(LIMITS.readTimeoutMs, FLOOR.readTimeout),
    readRetryMs: scaled(LIMITS.readRetryMs, FLOOR.poll),
    pollFirstMs: scaled(LIMITS.pollFirstMs, FLOOR.poll),
    pollMaxMs: scaled(LIMITS.pollMaxMs, FLOOR.poll),
    uploadWaitMs: scaled(LIMITS.uploadWaitMs, FLOOR.uploadWait),
    settleMs: scaled(LIMITS.settleMs, FLOOR.settle),
    progressEveryMs: scaled(LIMITS.progressEveryMs, FLOOR.progress),
  };
}
