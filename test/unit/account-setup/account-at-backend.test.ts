/** The account as the backend creates it: an attempt like any other, inside a turn of the gate. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createAtBackend } from '../../../activities/account-setup';
import type { SubStepResult } from '../../../activities/account-setup/types';
import type { LeaseReport } from '../../../workflows/messages';
import { attemptWorld, failureIn, FOUND, result, UNCLEAR, windowOf, type Script } from './attempt-world';

const MARGIN_MS = 45_000;

function backendAccount(script: Script = {}, report?: () => Promise<void>) {
  const world = attemptWorld('cloudwaitressAccount', script);
  const reports: LeaseReport[] = [];
  const told = (_gate: string, turn: LeaseReport): Promise<void> => {
    reports.push(turn);
    return report?.() ?? Promise.resolve();
  };
  const run = (leaseMs = 120_000): Promise<SubStepResult> => {
    const lease = {
      workflowId: 'account-gate/test',
      requestId: 'turn-1',
      expiresAt: world.clock.now() + leaseMs,
    };
    const activity = (): Promise<SubStepResult> =>
      createAtBackend(world.deps, { report: told, leaseMarginMs: MARGIN_MS }, { ...world.input, lease });
    const logger = new DefaultLogger('TRACE', (entry) => world.logs.push(entry));
    const environment = new MockActivityEnvironment(undefined, { logger });
    return world.clock.settle(environment.run(activity) as Promise<SubStepResult>);
  };
  return { ...world, reports, run };
}

const started = { requestId: 'turn-1', outcome: 'started' };
const released = { requestId: 'turn-1', outcome: 'released' };

it('uses the turn, and says so once', async () => {
  const world = backendAccount();
  await expect(world.run()).resolves.toMatchObject({ attempt: 1 });
  expect(world.reports).toEqual([started]);
});

it('gives a turn back that has too little left, with nothing booked', async () => {
  const world = backendAccount();
  expect(await failureIn(world.run(MARGIN_MS - 1))).toMatchObject({
    type: 'LeaseExpired',
    nonRetryable: false,
  });
  expect(world.reports).toEqual([released]);
  expect(world.ledger.bookings).toHaveLength(0);
});

it('gives a turn back that was not needed', async () => {
  const row = { attempt: 1, status: 'in_progress', attempt_started_at: '2026-03-02T00:59:50.000Z' } as const;
  const world = backendAccount({ row, verdict: () => FOUND });
  await expect(world.run()).resolves.toMatchObject({ attempt: 1 });
  expect(world.reports).toEqual([released]);
});

it('makes one call a turn: a repeat asks the gate anew', async () => {
  const world = backendAccount({ answers: [UNCLEAR, result('succeeded')] });
  expect(await failureIn(world.run(10 * windowOf('cloudwaitressAccount')))).toMatchObject({
    type: 'LeaseExpired',
  });
  expect(world.calls).toHaveLength(1);
  expect(world.reports).toEqual([started]);
});

it('a refused booking used no turn', async () => {
  const world = backendAccount();
  world.ledger.refuse = 'cancelled';
  expect(await failureIn(world.run())).toMatchObject({ type: 'JobCancelled' });
  expect(world.reports).toEqual([released]);
});

it.each([
  [{ retryAfterMs: 9_000 }, 9_000],
  [{}, 0],
])('throttled: the whole gate holds (%j)', async (more, holdMs) => {
  const world = backendAccount({ answers: [result('failed', { failure: 'AccountThrottled', ...more })] });
  expect(await failureIn(world.run())).toMatchObject({ type: 'AccountThrottled', nonRetryable: false });
  expect(world.reports).toEqual([{ ...started, holdMs }]);
});

it('a gate that cannot be told does not change what became of the account', async () => {
  const world = backendAccount({}, () => Promise.reject(new Error('no connection')));
  await expect(world.run()).resolves.toMatchObject({ attempt: 1 });
});
