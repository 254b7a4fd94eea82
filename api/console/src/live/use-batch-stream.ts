/** Keeps a batch as it is now: the whole of it once, then each change as it comes. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { ApiFailure } from '../api/failure';
import type { Job, LiveBatch } from '../api/types';
import { session } from '../auth/session';
import { connection, type Connection } from './connection';
import { followStream } from './event-stream';

export interface BatchState {
  batch: LiveBatch;
  /** By id, in the batch's order. Replaced at each change; a job that did not change stays the same object. */
  jobs: ReadonlyMap<string, Job>;
}

export type BatchStream =
  { status: 'loading' } | { status: 'refused'; failure: ApiFailure } | ({ status: 'live' } & BatchState);

interface Ready {
  batch_job: LiveBatch;
  registration_jobs: Job[];
}

/** A busy batch changes dozens of times a second: shown so often, each change costs the page more than anybody sees of it. */
const SHOW_EVERY_MS = 120;

/** A store of one batch. Changes that come together are shown together. */
export class BatchStore {
  private state: BatchStream = { status: 'loading' };
  private jobs = new Map<string, Job>();
  private batch: LiveBatch | null = null;
  private timer: number | null = null;
  private shownAt = 0;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly get = (): BatchStream => this.state;

  take(type: string, data: unknown): void {
    if (type === 'ready') {
      const { batch_job, registration_jobs } = data as Ready;
      this.batch = batch_job;
      const inOrder = registration_jobs.toSorted((a, b) => a.position - b.position);
      this.jobs = new Map(inOrder.map((job) => [job.id, job]));
    } else if (type === 'job') {
      const { registration_job: job } = data as { registration_job: Job };
      this.jobs.set(job.id, job);
    } else if (type === 'batch') {
      this.batch = (data as { batch_job: LiveBatch }).batch_job;
    }
    const wait = Math.max(0, this.shownAt + SHOW_EVERY_MS - performance.now());
    this.timer ??= window.setTimeout(() => this.show(), wait);
  }

  refuse(failure: ApiFailure): void {
    this.state = { status: 'refused', failure };
    this.tell();
  }

  private show(): void {
    this.timer = null;
    if (!this.batch) return;
    this.shownAt = performance.now();
    this.state = { status: 'live', batch: this.batch, jobs: new Map(this.jobs) };
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

export function useBatchStream(batchId: string): BatchStream {
  const [store, setStore] = useState(() => ({ batchId, store: new BatchStore() }));
  if (store.batchId !== batchId) setStore({ batchId, store: new BatchStore() });
  useEffect(() => follow(batchId, store.store), [batchId, store]);
  return useSyncExternalStore(store.store.subscribe, store.store.get);
}

function follow(batchId: string, store: BatchStore): () => void {
  const end = new AbortController();
  const source = `batch ${batchId}`;
  void followStream({
    url: `/api/registration-batches/${batchId}/events`,
    token: () => session.token(),
    onEvent: ({ type, data }) => store.take(type, data),
    onUp: (isUp) => connection.report(source, isUp),
    onRefused: (failure) => {
      if (failure.code === 'UNAUTHENTICATED') session.refused();
      else store.refuse(failure);
    },
    signal: end.signal,
  });
  return () => {
    end.abort();
    connection.report(source, true);
  };
}

export function useConnection(): Connection {
  return useSyncExternalStore(connection.subscribe, connection.get);
}
