/** What a worker measures: the SDK's own figures, the process, and what the activities and workflows do. No label holds an id. */
import { createServer, type AddressInfo } from 'node:net';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { RepairKind } from '../activities/reconciler/types';
import type { TemporalTarget } from '../domain/settings';
import { SUB_STEP_KEYS, type SubStepKey } from '../domain/sub-steps';
import { setCertificateExpiry } from '../domain/telemetry/certificate';
import { outsideCallDuration } from '../domain/telemetry/outside-calls';

const OUTCOMES = ['completed', 'failed', 'retried', 'cancelled'] as const;
export type SubStepOutcome = (typeof OUTCOMES)[number];
export type TurnKind = 'account_gate' | 'owner' | 'step6';

export interface WorkerMetrics {
  /** One execution of a sub-step's activity. `failure`: its class when it did not complete. */
  subStepEnded(subStep: SubStepKey, outcome: SubStepOutcome, seconds: number, failure?: string): void;
  /** A snapshot was stored: how long after the workflow had made it. */
  recordWritten(lagSeconds: number): void;
  reconciled(repairs: readonly RepairKind[], troubled: number): void;
  turnWaited(kind: TurnKind, seconds: number): void;
  /** All of it in Prometheus's text format. */
  read(): Promise<{ contentType: string; body: string }>;
}

/** Seconds that somebody or something waits for a turn. */
export const WAIT_BUCKETS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600, 14_400, 86_400];

const REPAIRS: Record<RepairKind, 0> = {
  started: 0,
  cancel_sent: 0,
  closed: 0,
  taken_over: 0,
  recomputed: 0,
};

/** @param coreAddress where the SDK's native core answers with its own metrics, `host:port`; null: it does not */
export function createWorkerMetrics(coreAddress: string | null, temporal: TemporalTarget): WorkerMetrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  register.registerMetric(outsideCallDuration);
  setCertificateExpiry(register, temporal);
  const registers = [register];
  const subSteps = new Histogram({
    name: 'registration_sub_step_duration_seconds',
    help: 'Executions of the sub-steps of step 6, by what came of them',
    labelNames: ['sub_step', 'outcome'],
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 180, 300, 600, 1_200, 1_800, 3_600],
    registers,
  });
  const failures = new Counter({
    name: 'registration_sub_step_failures_total',
    help: 'Executions of sub-steps that did not complete, by class of failure; retried: the engine tries again by itself',
    labelNames: ['sub_step', 'failure', 'outcome'],
    registers,
  });
  const lag = new Histogram({
    name: 'registration_record_lag_seconds',
    help: 'From a change in a workflow until the record holds it',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  const repairs = new Counter({
    name: 'registration_reconciler_repairs_total',
    help: 'Rows that the reconciler repaired because their workflow could not, by kind of repair',
    labelNames: ['repair'],
    registers,
  });
  const troubled = new Counter({
    name: 'registration_reconciler_troubled_total',
    help: 'Rows that the reconciler could not judge',
    registers,
  });
  const waits = new Histogram({
    name: 'registration_turn_wait_seconds',
    help: 'From asking for a turn until it was granted: at the account gate, behind a restaurant of the same owner, for step 6',
    labelNames: ['turn'],
    buckets: WAIT_BUCKETS,
    registers,
  });
  // Prometheus sees no increase in a series that begins with its first event, so what alerts count begins with zero.
  for (const key of SUB_STEP_KEYS) for (const outcome of OUTCOMES) subSteps.zero({ sub_step: key, outcome });
  failures.inc({ sub_step: 'cloudwaitressAccount', failure: 'AccountThrottled', outcome: 'retried' }, 0);
  for (const repair of Object.keys(REPAIRS)) repairs.inc({ repair }, 0);
  return {
    subStepEnded: (subStep, outcome, seconds, failure) => {
      subSteps.observe({ sub_step: subStep, outcome }, seconds);
      if (failure !== undefined) failures.inc({ sub_step: subStep, failure, outcome });
    },
    recordWritten: (seconds) => lag.observe(seconds),
    reconciled: (done, rows) => {
      for (const repair of done) repairs.inc({ repair });
      troubled.inc(rows);
    },
    turnWaited: (turn, seconds) => waits.observe({ turn }, seconds),
    read: async () => ({
      contentType: register.contentType,
      body: `${await register.metrics()}\n${coreAddress ? await coreMetrics(coreAddress) : ''}`,
    }),
  };
}

/** The SDK's native core has a server of its own; nobody else needs to know of it. */
async function coreMetrics(address: string): Promise<string> {
  const answer = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(2_000) });
  return answer.text();
}

/** A port of this machine that is free at the moment. */
export async function freeLoopbackAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return `127.0.0.1:${port}`;
}
