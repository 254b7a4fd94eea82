/** Server-sent events: what watchers are told, and its text form. Pure functions. */
import { z } from 'zod';
import { jobWithSteps } from '../schemas';
import { watchedBatch, type BatchChanges, type BatchState } from '../record/watch';

/** Data of each type of event. `job` carries its steps, and with step 6 its sub-steps; none carries a configuration. */
export const WATCH_EVENTS = {
  ready: z.object({ batch_job: watchedBatch, registration_jobs: jobWithSteps.array() }),
  batch: z.object({ batch_job: watchedBatch }),
  job: z.object({ registration_job: jobWithSteps }),
} as const;

export interface WatchEvent {
  /** A change number: who has seen this event has seen every change up to it. */
  id: number;
  type: keyof typeof WATCH_EVENTS;
  data: unknown;
}

export function readyEvent({ position, batch, jobs }: BatchState): WatchEvent {
  return { id: position, type: 'ready', data: { batch_job: batch, registration_jobs: jobs } };
}

/** By rising number. */
export function changeEvents({ batch, jobs }: BatchChanges): WatchEvent[] {
  const events: WatchEvent[] = jobs.map(({ change, row }) => ({
    id: change,
    type: 'job',
    data: { registration_job: row },
  }));
  if (batch) events.push({ id: batch.change, type: 'batch', data: { batch_job: batch.row } });
  return events.sort((a, b) => a.id - b.id);
}

/** JSON has no raw line breaks, so one data line holds it. */
export function formatEvent({ id, type, data }: WatchEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Tells the client how long to wait before it connects again. */
export const formatRetry = (ms: number): string => `retry: ${ms}\n\n`;

/** A comment: no event to the client, a sign of life to everything in between. */
export const HEARTBEAT = ': still here\n\n';

/** @returns the position to go on from; null: none, or nothing of ours, so the whole state is sent. */
export function parsePosition(lastEventId: string | undefined): number | null {
  if (lastEventId === undefined || !/^\d{1,16}$/.test(lastEventId)) return null;
  const position = Number(lastEventId);
  return Number.isSafeInteger(position) ? position : null;
}
