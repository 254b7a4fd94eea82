import type { PayloadCodec } from '@temporalio/common';
import type { Logger } from 'pino';
import type { KeyRing } from '../domain/sealing';
import { readScope, type Authenticator, type Caller } from './auth';
import { notFound, type EndpointHost } from './http/endpoint';
import type { ApiRecord } from './record';
import type { WaitingJob } from './record/jobs';
import type { BatchRow, JobRow } from './schemas';
import type { ApiSettings } from '../domain/settings';
import type { Workflows } from './temporal';
import type { BatchWatch } from './watch';

/** Where the process is between its start and its end. */
export interface Phase {
  /** What it needs was there. */
  started: boolean;
  /** It was asked to end. */
  draining: boolean;
}

/** What the app is made of; tests replace any of it. */
export interface AppDeps {
  settings: ApiSettings;
  record: ApiRecord;
  workflows: Workflows;
  watch: BatchWatch;
  authenticate: Authenticator;
  keyRing: KeyRing;
  /** Reads and writes payloads as the engine stores them. */
  payloadCodec: PayloadCodec;
  log: Logger;
  phase: Phase;
}

/** What a group of routes is given. */
export interface RouteContext extends AppDeps {
  host: EndpointHost;
}

/** @throws ApiError BATCH_NOT_FOUND, also for another organisation's. */
export async function batchOf(record: ApiRecord, caller: Caller, id: string): Promise<BatchRow> {
  const batch = await record.batch(readScope(caller), id);
  if (!batch) throw notFound('BATCH_NOT_FOUND');
  return batch;
}

/** @throws ApiError JOB_NOT_FOUND, also for another organisation's. */
export async function jobOf(record: ApiRecord, caller: Caller, id: string): Promise<JobRow> {
  const job = await record.job(readScope(caller), id);
  if (!job) throw notFound('JOB_NOT_FOUND');
  return job;
}

/** @throws ApiError JOB_NOT_FOUND, also for another organisation's. */
export async function jobToDecideOf(record: ApiRecord, caller: Caller, id: string): Promise<WaitingJob> {
  const job = await record.jobToDecide(readScope(caller), id);
  if (!job) throw notFound('JOB_NOT_FOUND');
  return job;
}
