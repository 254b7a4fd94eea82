/** Follows a batch to its end: asks how it is, shows it, answers what waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminalJob } from '../../domain/statuses';
import type { Desk } from './answers';
import type { ApiClient, Batch, Job } from './api-client';
import { jobView } from './progress';
import type { Screen } from './screen';
import type { RunRestaurant } from './world';

export interface Followed {
  batch: Batch;
  jobs: Job[];
  /** Nothing had moved for so long that it was given up. */
  stalled: boolean;
}

export interface FollowOptions {
  api: ApiClient;
  batchId: string;
  desk: Desk;
  screen: Screen;
  /** By restaurant id. */
  restaurants: ReadonlyMap<string, RunRestaurant>;
  /** How many times faster than real time the outside world is. */
  speed: number;
  signal?: AbortSignal | undefined;
}

/** At most four questions a second. */
const BETWEEN_REQUESTS_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** Details are looked at this often even when the batch's progress has not changed: sub-steps are not part of it. */
const DETAILS_EVERY_MS = 1_000;
const PAGE = 100;

/** Longer than the longest single call of the outside world, but never under a minute and a half. */
export function patienceMs(speed: number): number {
  return Math.max(90_000, (70 * 60_000) / speed);
}

/** Resolves when every job is at its end or waits for something that the desk cannot answer. */
export async function follow(options: FollowOptions): Promise<Followed> {
  const { api, batchId, desk, screen, restaurants, signal } = options;
  let seen = await api.details(batchId);
  let seenAt = Date.now();
  let movedAt = Date.now();
  let picture = '';
  let pause = 0;
  for (;;) {
    const views = seen.jobs.map((job) =>
      jobView(job, restaurants.get(job.restaurant_id)?.restaurant.name ?? job.id),
    );
    screen.show(views);
    const given = await desk.answer(seen.jobs);
    if (seen.jobs.every((job) => isTerminalJob(job.status) || desk.problemOf(job) !== null)) {
      return { ...(await api.details(batchId)), stalled: false };
    }
    const moved = given > 0 || JSON.stringify(views) !== picture;
    picture = JSON.stringify(views);
    if (moved) movedAt = Date.now();
    else if (Date.now() - movedAt > patienceMs(options.speed)) return { ...seen, stalled: true };
    const least = BETWEEN_REQUESTS_MS * (1 + Math.ceil(seen.jobs.length / PAGE));
    pause = moved ? least : Math.max(least, Math.min(pause * 1.5, LONGEST_PAUSE_MS));
    await sleep(pause, undefined, signal === undefined ? {} : { signal });
    const { changed } = await api.progress(batchId);
    if (changed || given > 0 || Date.now() - seenAt >= DETAILS_EVERY_MS) {
      seen = await api.details(batchId);
      seenAt = Date.now();
    }
  }
}
