/** One attempt executor against a ledger in memory, a scripted world and a clock of its own. */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { Attempt, type AttemptDeps } from '../../../activities/account-setup/attempt';
import type { BackendResult, SubStepCall, Verdict } from '../../../activities/account-setup/clients/backend';
import { LIMITS } from '../../../activities/account-setup/clients/limits';
import type { LedgerRow } from '../../../activities/account-setup/ledger';
import type { SubStepInput, SubStepResult } from '../../../activities/account-setup/types';
import { MAX_ATTEMPTS, type SubStepKey } from '../../../domain/sub-steps';
import { configurationSnapshot } from '../../helpers/configuration';
import { subStepCall } from './calls';
import { MemoryLedger } from './memory-ledger';
import { VirtualClock } from './virtual-clock';

export const result = (state: BackendResult['state'], more: Partial<BackendResult> = {}): BackendResult => ({
  state,
  proof: state === 'succeeded' ? 'reported' : 'none',
  output: {},
  ...more,
});
export const UNCLEAR = result('unclear', { failure: 'BackendUnavailable' });
export const FOUND: Verdict = { present: true, proof: 'read_back', output: { found: true } };

export function subStepInput(change: Partial<SubStepInput> = {}): SubStepInput {
  return {
    jobId: randomUUID(),
    batchId: randomUUID(),
    organisationId: randomUUID(),
    restaurantId: randomUUID(),
    generation: 1,
    attemptLimit: MAX_ATTEMPTS,
    configuration: configurationSnapshot(),
    outputs: {},
    jobStartedAt: '2026-03-02T00:00:00.000Z',
    ...change,
  };
}

export interface Run {
  environment: MockActivityEnvironment;
  ended: Promise<SubStepResult>;
}

export interface AttemptWorld {
  clock: VirtualClock;
  ledger: MemoryLedger;
  calls: { at: number; call: SubStepCall }[];
  looks: number[];
  heartbeats: unknown[];
  logs: LogEntry[];
  deps: AttemptDeps;
  input: SubStepInput;
  /** Starts the activity as a worker would, without waiting. @param engineTry the engine's count of its tries; 1 unless given */
  start(change?: Partial<SubStepInput>, engineTry?: number): Run;
  /** Runs it to its end. */
  run(change?: Partial<SubStepInput>): Promise<SubStepResult>;
  /** The failure that it ends with. */
  fails(change?: Partial<SubStepInput>): Promise<Failure>;
}

export interface Script {
  /** Of its activity, unless a start says another one. */
  engineTry?: number;
  row?: Partial<LedgerRow>;
  /** Answers of the calls in order; the last one stays. */
  answers?: (BackendResult | ((call: SubStepCall) => Promise<BackendResult>))[];
  /** What a look shows, by the time since the call began. */
  verdict?: (sinceStartMs: number) => Verdict;
  deps?: Partial<AttemptDeps>;
}

export function attemptWorld(key: SubStepKey, script: Script = {}): AttemptWorld {
  const clock = new VirtualClock();
  const ledger = new MemoryLedger(clock.now, script.row);
  const input = subStepInput();
  const calls: AttemptWorld['calls'] = [];
  const looks: number[] = [];
  const heartbeats: unknown[] = [];
  const logs: LogEntry[] = [];
  const answers = script.answers ?? [result('succeeded')];
  const deps: AttemptDeps = {
    ledger,
    now: clock.now,
    pause: clock.pause,
    recordAgainMs: 1_000,
    reopen: () => Promise.resolve(false),
    sessionsPerAccount: 4,
    sessionAgainMs: 5_000,
    prepare: (_key, { jobId }, { number, startedAt, stateBefore }, live) =>
      Promise.resolve(
        subStepCall({ jobId, attempt: number, attemptStartedAt: startedAt, stateBefore, ...live }),
      ),
    captureState: () => Promise.resolve({ before: calls.length }),
    perform: (_key, call) => {
      calls.push({ at: clock.now(), call });
      const answer = answers[Math.min(calls.length, answers.length) - 1] ?? result('succeeded');
      return typeof answer === 'function' ? answer(call) : Promise.resolve(answer);
    },
    verify: (_key, call) => {
      looks.push(clock.now());
      return Promise.resolve(
        script.verdict?.(clock.now() - Date.parse(call.attemptStartedAt)) ?? { present: false },
      );
    },
    absentAfterMs: (row) => LIMITS.rows[row].absentAfterMs,
    lookAgainMs: 10_000,
    heartbeatMs: 3_600_000,
    ...script.deps,
  };
  const start = (change: Partial<SubStepInput> = {}, engineTry = script.engineTry ?? 1): Run => {
    const environment = new MockActivityEnvironment(
      { attempt: engineTry },
      {
        logger: new DefaultLogger('TRACE', (entry) => logs.push(entry)),
      },
    );
    environment.on('heartbeat', (details: unknown) => heartbeats.push(details));
    const activity = (): Promise<SubStepResult> => new Attempt(deps, key, { ...input, ...change }).run();
    const ended = environment.run(activity) as Promise<SubStepResult>;
    return { environment, ended };
  };
  const run = (change?: Partial<SubStepInput>): Promise<SubStepResult> => clock.settle(start(change).ended);
  const fails: AttemptWorld['fails'] = (change) => failureIn(run(change));
  return { clock, ledger, calls, looks, heartbeats, logs, deps, input, start, run, fails };
}

export type Failure = Pick<
  ApplicationFailure,
  'type' | 'message' | 'nonRetryable' | 'details' | 'nextRetryDelay'
>;

/** The parts of a failure that decide what the engine and the workflow do. */
export async function failureIn(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure)) throw new Error(`not a typed failure: ${String(error)}`);
  const { type, message, nonRetryable, details, nextRetryDelay } = error;
  return { type, message, nonRetryable, details, nextRetryDelay };
}

export const windowOf = (key: SubStepKey): number => LIMITS.rows[key].absentAfterMs;
