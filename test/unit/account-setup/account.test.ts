import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { AccountCreation, type AccountDeps } from '../../../activities/account-setup/account';
import type { KnownAccount } from '../../../activities/account-setup/accounts';
import {
  StartedAccount,
  type CloudWaitressClient,
  type StartResult,
  type VerifyResult,
} from '../../../activities/account-setup/clients/cloudwaitress';
import type { LedgerRow } from '../../../activities/account-setup/ledger';
import type { SubStepInput, SubStepResult } from '../../../activities/account-setup/types';
import { activityFailure } from '../../../activities/failure';
import type { LeaseReport } from '../../../workflows/messages';
import { failureIn, subStepInput, type Failure } from './attempt-world';
import { ACCOUNT_PASSWORD } from './calls';
import { databaseDown, MemoryLedger } from './memory-ledger';
import { VirtualClock } from './virtual-clock';

const TOKEN = 'vendor-token-0001';
const CODE = 'confirmation-code-0001';
const started = (): StartResult => ({ kind: 'started', started: new StartedAccount(TOKEN, CODE) });
const created: VerifyResult = { kind: 'created', userId: 'user-1' };
const LEASE_MS = 120_000;
const MARGIN_MS = 45_000;

interface Script {
  row?: Partial<LedgerRow>;
  start?: StartResult[];
  verify?: VerifyResult[];
  accounts?: Partial<KnownAccount>[];
  deps?: Partial<AccountDeps>;
}

/** The account activity against a vendor and accounts that a test writes. `done`: what happened outside, in order. */
function accountWorld(script: Script = {}) {
  const clock = new VirtualClock();
  const ledger = new MemoryLedger(clock.now, script.row);
  const input = subStepInput();
  input.configuration.account.email = 'Owner@KowhaiGrill.example';
  const done: string[] = [];
  const reports: { to: string; report: LeaseReport }[] = [];
  const logs: LogEntry[] = [];
  const heartbeats: unknown[] = [];
  const accounts = (script.accounts ?? []).map((account) => knownAccount(account));
  const next = <T>(list: T[] | undefined, name: string, otherwise: T): T => {
    const made = done.filter((entry) => entry === name).length;
    return list?.[Math.min(made, list.length) - 1] ?? otherwise;
  };
  const passwords: string[] = [];
  const vendor: CloudWaitressClient = {
    start: ({ password }) => {
      done.push('start');
      passwords.push(password);
      return Promise.resolve(next(script.start, 'start', started()));
    },
    verify: () => {
      done.push('verify');
      return Promise.resolve(next(script.verify, 'verify', created));
    },
  };
  const deps: AccountDeps = {
    ledger,
    now: clock.now,
    pause: clock.pause,
    recordAgainMs: 1_000,
    reopen: () => Promise.resolve(false),
    sessionsPerAccount: 4,
    sessionAgainMs: 5_000,
    vendor,
    accounts: {
      withEmail: (_organisation, email) =>
        Promise.resolve(accounts.filter((row) => row.email?.toLowerCase() === email.toLowerCase())),
      aboutToVerify: ({ restaurantId, jobId, email, secretId }) => {
        done.push('note');
        const note = { restaurant_id: restaurantId, created_by_job: jobId, email, secret_id: secretId };
        accounts.push(knownAccount({ ...note, verify_started_at: new Date(clock.now()).toISOString() }));
        return Promise.resolve();
      },
    },
    secrets: { open: () => Promise.resolve(ACCOUNT_PASSWORD) },
    existingAccountPolicy: 'ask',
    report: (to, report) => {
      done.push(`report ${report.outcome}`);
      reports.push({ to, report });
      return Promise.resolve();
    },
    heartbeatMs: 1,
    leaseMarginMs: MARGIN_MS,
    ...script.deps,
  };
  let turns = 0;
  const run = (change: Partial<SubStepInput> = {}): Promise<SubStepResult> => {
    const environment = new MockActivityEnvironment(undefined, {
      logger: new DefaultLogger('TRACE', (entry) => logs.push(entry)),
    });
    environment.on('heartbeat', (details: unknown) => heartbeats.push(details));
    turns += 1;
    const lease = {
      workflowId: 'account-gate/test',
      requestId: `turn-${turns}`,
      expiresAt: clock.now() + LEASE_MS,
    };
    const activity = (): Promise<SubStepResult> =>
      new AccountCreation(deps, { ...input, lease, ...change }).run();
    return clock.settle(environment.run(activity) as Promise<SubStepResult>);
  };
  const fails = (change?: Partial<SubStepInput>): Promise<Failure> => failureIn(run(change));
  return { clock, ledger, input, done, reports, logs, heartbeats, accounts, passwords, deps, run, fails };
}

function knownAccount(change: Partial<KnownAccount>): KnownAccount {
  return {
    id: randomUUID(),
    restaurant_id: randomUUID(),
    email: 'owner@kowhaigrill.example',
    pumpd_user_id: null,
    secret_id: null,
    registration_status: 'pending',
    created_by_job: null,
    verify_started_at: null,
    ...change,
  };
}

describe('an account that is created', () => {
  it('is started and verified once, noted as ours before it is verified', async () => {
    const world = accountWorld();
    const { email, passwordRef } = world.input.configuration.account;
    await expect(world.run()).resolves.toEqual({
      attempt: 1,
      output: { email, pumpd_user_id: 'user-1', secret_id: passwordRef, attached: false },
      proof: 'reported',
      startedAt: expect.any(String),
      completedAt: expect.any(String),
      recorded: true,
      givenBack: ['turn-1'],
    });
    expect(world.done.filter((entry) => !entry.startsWith('report'))).toEqual(['start', 'note', 'verify']);
    expect(world.ledger.row).toMatchObject({ status: 'completed', attempt: 1 });
  });

  it('is booked before it is started', async () => {
    const world = accountWorld();
    let booked: unknown;
    const { vendor } = world.deps;
    world.deps.vendor = {
      ...vendor,
      start: (details) => ((booked = world.ledger.row.status), vendor.start(details)),
    };
    await world.run();
    expect(booked).toBe('in_progress');
  });

  it('is not created again', async () => {
    const world = accountWorld();
    await world.run();
    await world.run();
    expect(world.done.filter((entry) => entry === 'start')).toHaveLength(1);
  });
});

describe('the turn among restaurants of one owner', () => {
  const ownerTurn = { workflowId: 'owner/test', requestId: 'owner-turn' };

  it('ends once the ledger has the account', async () => {
    const world = accountWorld();
    let recorded: unknown;
    const { report } = world.deps;
    world.deps.report = (to, turn) => {
      if (to === ownerTurn.workflowId) recorded = world.ledger.row.status;
      return report(to, turn);
    };
    await expect(world.run({ ownerTurn })).resolves.toMatchObject({ givenBack: ['turn-1', 'owner-turn'] });
    expect(recorded).toBe('completed');
    const released = { requestId: 'owner-turn', outcome: 'released' };
    expect(world.reports.filter(({ to }) => to === ownerTurn.workflowId)).toEqual([
      { to: ownerTurn.workflowId, report: released },
    ]);
  });

  it('is left to the workflow when the account could not be made', async () => {
    const world = accountWorld({ start: [{ kind: 'rejected' }] });
    await world.fails({ ownerTurn });
    expect(world.reports.map(({ to }) => to)).toEqual(['account-gate/test']);
  });

  it('is left to the workflow when its owner cannot be told', async () => {
    const world = accountWorld();
    const { report } = world.deps;
    world.deps.report = (to, turn) =>
      to === ownerTurn.workflowId ? Promise.reject(new Error('away')) : report(to, turn);
    await expect(world.run({ ownerTurn })).resolves.toMatchObject({ givenBack: ['turn-1'] });
  });
});

describe('an account that exists', () => {
  it('is ours when this job had noted that it was about to verify: the answer was lost', async () => {
    const world = accountWorld({
      start: [started(), { kind: 'exists' }],
      verify: [{ kind: 'unavailable', sent: true }],
    });
    expect(await world.fails()).toMatchObject({ type: 'AccountUnavailable', nonRetryable: false });
    await expect(world.run()).resolves.toMatchObject({ attempt: 2, output: { attached: false } });
  });

  it('at verify too', async () => {
    const world = accountWorld({ verify: [{ kind: 'exists' }] });
    await expect(world.run()).resolves.toMatchObject({ attempt: 1, output: { attached: false } });
  });

  it('is not ours because of a note by another job', async () => {
    const world = accountWorld({
      start: [{ kind: 'exists' }],
      accounts: [{ created_by_job: randomUUID(), verify_started_at: '2026-03-01T00:00:00.000Z' }],
    });
    expect(await world.fails()).toMatchObject({ type: 'AccountExists', nonRetryable: true });
  });

  it('of another restaurant of the organisation is shared, without any call', async () => {
    const theirs = { registration_status: 'completed', pumpd_user_id: 'user-7', secret_id: randomUUID() };
    const world = accountWorld({ accounts: [theirs] });
    await expect(world.run()).resolves.toMatchObject({
      attempt: 0,
      output: {
        email: 'owner@kowhaigrill.example',
        pumpd_user_id: 'user-7',
        secret_id: theirs.secret_id,
        attached: true,
      },
    });
    expect(world.done).toEqual(['report released']);
  });

  it('of this very restaurant is preferred to a shared one', async () => {
    const world = accountWorld({ accounts: [{ registration_status: 'completed', pumpd_user_id: 'other' }] });
    const own = {
      registration_status: 'completed',
      pumpd_user_id: 'own',
      restaurant_id: world.input.restaurantId,
    };
    world.accounts.push(knownAccount(own));
    await expect(world.run()).resolves.toMatchObject({ output: { pumpd_user_id: 'own', attached: false } });
  });

  it('that the record learned of meanwhile is shared', async () => {
    const world = accountWorld({ start: [{ kind: 'exists' }] });
    const { vendor } = world.deps;
    world.deps.vendor = {
      ...vendor,
      start: (details) => {
        world.accounts.push(knownAccount({ registration_status: 'completed', pumpd_user_id: 'user-8' }));
        return vendor.start(details);
      },
    };
    await expect(world.run()).resolves.toMatchObject({ output: { pumpd_user_id: 'user-8', attached: true } });
  });

  it('counts as made where the policy says so, else a person is asked', async () => {
    const accepting = accountWorld({
      start: [{ kind: 'exists' }],
      deps: { existingAccountPolicy: 'accept' },
    });
    await expect(accepting.run()).resolves.toMatchObject({
      output: { pumpd_user_id: null, attached: false },
    });
    const asking = accountWorld({ start: [{ kind: 'exists' }] });
    expect(await asking.fails()).toMatchObject({
      type: 'AccountExists',
      nonRetryable: true,
      details: [1, null, expect.any(String), expect.any(String)],
    });
    expect(asking.ledger.row).toMatchObject({ status: 'failed', error_type: 'AccountExists' });
  });
});

describe('refusals', () => {
  it('unavailable: through the gate again, up to the limit', async () => {
    const world = accountWorld({ start: [{ kind: 'unavailable', sent: true }] });
    const ends = [];
    for (let turn = 0; turn < 5; turn += 1) ends.push((await world.fails()).nonRetryable);
    expect(ends).toEqual([false, false, false, true, true]);
    expect(world.done.filter((entry) => entry === 'start')).toHaveLength(4);
  });

  it('rejected at start: final', async () => {
    const world = accountWorld({ start: [{ kind: 'rejected' }] });
    expect(await world.fails()).toMatchObject({ type: 'AccountRejected', nonRetryable: true });
    expect(world.done).not.toContain('verify');
  });

  const twice =
    (world: ReturnType<typeof accountWorld>) => async (): Promise<(boolean | null | undefined)[]> => {
      const first = await world.fails();
      const second = await world.fails();
      expect(second.type).toBe(first.type);
      return [first.nonRetryable, second.nonRetryable];
    };

  it.each<[string, Script]>([
    ['contract at start', { start: [{ kind: 'contract' }] }],
    ['contract at verify', { verify: [{ kind: 'contract' }] }],
    ['rejected at verify', { verify: [{ kind: 'rejected' }] }],
  ])('%s: one new start, then final', async (_name, script) => {
    const world = accountWorld(script);
    await expect(twice(world)()).resolves.toEqual([false, true]);
    expect(world.ledger.row.status).toBe('failed');
  });

  it.each<[string, Script]>([
    ['contract', { start: [{ kind: 'contract' }] }],
    ['rejected at verify', { verify: [{ kind: 'rejected' }] }],
  ])(
    '%s: one new start too when the row was set back to pending while it waited for its turn',
    async (_name, script) => {
      const world = accountWorld(script);
      await world.fails();
      Object.assign(world.ledger.row, { status: 'pending', error_type: null });
      expect(await world.fails()).toMatchObject({ nonRetryable: true });
    },
  );

  it('after another trouble a contract error is the first of its kind, and so it is after a person’s retry', async () => {
    const world = accountWorld({
      start: [{ kind: 'unavailable', sent: true }, { kind: 'contract' }, { kind: 'contract' }],
    });
    const ends = [(await world.fails()).nonRetryable, (await world.fails()).nonRetryable];
    ends.push((await world.fails()).nonRetryable);
    expect(ends).toEqual([false, false, true]);
    expect(await world.fails({ attemptLimit: 7 })).toMatchObject({ nonRetryable: false });
  });
});

describe('the turn at the vendor', () => {
  it('is told of at once after the start, once, and verify does not wait for the gate', async () => {
    const world = accountWorld();
    await world.run();
    expect(world.done).toEqual(['start', 'report started', 'note', 'verify']);
    expect(world.reports).toEqual([
      { to: 'account-gate/test', report: { requestId: 'turn-1', outcome: 'started' } },
    ]);
  });

  it('is slow to be told: the account is verified meanwhile, and the activity ends when it is told', async () => {
    let tell: () => void = () => undefined;
    const world = accountWorld({ deps: { report: () => new Promise((resolve) => (tell = resolve)) } });
    const ended = world.run();
    while (!world.done.includes('verify')) await new Promise((resolve) => setImmediate(resolve));
    tell();
    await expect(ended).resolves.toMatchObject({ attempt: 1 });
  });

  it.each([
    [9_000, 9_000],
    [null, 0],
  ])('throttled: the whole gate holds (%p)', async (retryAfterMs, holdMs) => {
    const world = accountWorld({ start: [{ kind: 'throttled', retryAfterMs }] });
    expect(await world.fails()).toMatchObject({ type: 'AccountThrottled', nonRetryable: false });
    expect(world.reports.map(({ report }) => report)).toEqual([
      { requestId: 'turn-1', outcome: 'started', holdMs },
    ]);
  });

  it('throttled at verify: the hold is told as well', async () => {
    const world = accountWorld({ verify: [{ kind: 'throttled', retryAfterMs: 9_000 }] });
    await world.fails();
    expect(world.reports.map(({ report }) => report)).toEqual([
      { requestId: 'turn-1', outcome: 'started' },
      { requestId: 'turn-1', outcome: 'started', holdMs: 9_000 },
    ]);
  });

  it('with too little left is not used: nothing is booked, nothing sent, and it is given back', async () => {
    const world = accountWorld();
    const lease = { workflowId: 'gate', requestId: 'late', expiresAt: world.clock.now() + MARGIN_MS - 1 };
    expect(await world.fails({ lease })).toMatchObject({ type: 'LeaseExpired', nonRetryable: false });
    expect(world.done).toEqual(['report released']);
    expect(world.ledger.bookings).toHaveLength(0);
  });

  it('that ran out while the database was slow is not used either', async () => {
    const world = accountWorld();
    world.ledger.reach = (operation) => void (operation === 'begin' && world.clock.advance(110_000));
    expect(await world.fails()).toMatchObject({ type: 'LeaseExpired', nonRetryable: false });
    expect(world.done).toEqual(['report released']);
  });

  it('that cannot be reported does not change what became of the account', async () => {
    const world = accountWorld({ deps: { report: () => Promise.reject(new Error('no connection')) } });
    await expect(world.run()).resolves.toMatchObject({ attempt: 1 });
  });

  it('is not needed where there is no gate', async () => {
    const world = accountWorld();
    await expect(world.run({ lease: undefined })).resolves.toMatchObject({ attempt: 1 });
    expect(world.reports).toHaveLength(0);
  });
});

describe('after an operator removed the account', () => {
  const reset = { generation: 2, effectRemoved: true };

  it('it is made once more, whatever the record knows of this restaurant and this job', async () => {
    const world = accountWorld({
      row: { status: 'completed', attempt: 1, output: {} },
      accounts: [{ registration_status: 'completed' }, { registration_status: 'completed' }],
    });
    Object.assign(world.accounts[0] ?? {}, { restaurant_id: world.input.restaurantId });
    Object.assign(world.accounts[1] ?? {}, { created_by_job: world.input.jobId });
    await expect(world.run(reset)).resolves.toMatchObject({ attempt: 1, output: { attached: false } });
    expect(world.done.filter((entry) => entry === 'start')).toHaveLength(1);
  });

  it('an account of another restaurant is shared all the same', async () => {
    const world = accountWorld({ accounts: [{ registration_status: 'completed' }] });
    await expect(world.run(reset)).resolves.toMatchObject({ attempt: 0, output: { attached: true } });
    expect(world.done).not.toContain('start');
  });

  it('one that exists is not taken for ours by what was noted before', async () => {
    const world = accountWorld({
      start: [{ kind: 'exists' }],
      accounts: [{ verify_started_at: '2026-03-01T00:00:00.000Z' }],
    });
    Object.assign(world.accounts[0] ?? {}, { created_by_job: world.input.jobId });
    expect(await world.fails(reset)).toMatchObject({ type: 'AccountExists', nonRetryable: true });
  });

  it('one that exists is ours when the answer of this generation’s own verify was lost', async () => {
    const world = accountWorld({
      start: [started(), { kind: 'exists' }],
      verify: [{ kind: 'unavailable', sent: true }],
    });
    expect(await world.fails(reset)).toMatchObject({ nonRetryable: false });
    await expect(world.run(reset)).resolves.toMatchObject({ attempt: 2, output: { attached: false } });
  });

  it('a reset without that statement finds what is there', async () => {
    const world = accountWorld({ accounts: [{ registration_status: 'completed' }] });
    Object.assign(world.accounts[0] ?? {}, { restaurant_id: world.input.restaurantId });
    await expect(world.run({ generation: 2 })).resolves.toMatchObject({
      attempt: 0,
      output: { attached: false },
    });
    expect(world.done).not.toContain('start');
  });
});

describe('what keeps an account from being started', () => {
  it.each([
    ['cancelled', 'JobCancelled', true],
    ['closed', 'JobCancelled', true],
    ['superseded', 'Superseded', true],
    ['completed', 'AccountUnavailable', false],
    ['conflict', 'AccountUnavailable', false],
  ] as const)('a booking that is refused: %s', async (refused, type, nonRetryable) => {
    const world = accountWorld();
    world.ledger.refuse = refused;
    expect(await world.fails()).toMatchObject({ type, nonRetryable });
    expect(world.done).toEqual(['report released']);
  });

  it.each(['read', 'begin'] as const)('a database that is down at %s', async (at) => {
    const world = accountWorld();
    world.ledger.reach = (operation) => void (operation === at && databaseDown());
    expect(await world.fails()).toMatchObject({ type: 'RecordUnavailable', nonRetryable: false });
    expect(world.done).toEqual(['report released']);
    expect(world.ledger.row.attempt).toBe(0);
  });

  it('no password, or one that does not open', async () => {
    const none = accountWorld();
    none.input.configuration.account.passwordRef = null;
    expect(await none.fails()).toMatchObject({ type: 'MissingInput', nonRetryable: true });
    expect(none.ledger.row).toMatchObject({ status: 'failed', reason: 'What is missing: account.password.' });
    const locked = accountWorld({
      deps: { secrets: { open: () => Promise.reject(activityFailure('SecretUnavailable')) } },
    });
    expect(await locked.fails()).toMatchObject({ type: 'SecretUnavailable', nonRetryable: true });
    expect([...none.done, ...locked.done]).toEqual(['report released', 'report released']);
  });

  it('a note that cannot be written: no verify, and the next turn starts anew', async () => {
    const world = accountWorld();
    const { accounts } = world.deps;
    world.deps.accounts = { ...accounts, aboutToVerify: databaseDown };
    expect(await world.fails()).toMatchObject({ type: 'RecordUnavailable', nonRetryable: false });
    expect(world.done).toEqual(['start', 'report started']);
    world.deps.accounts = accounts;
    await expect(world.run()).resolves.toMatchObject({ attempt: 2 });
  });
});

it('a database that is down at the completing write: the account comes back, not recorded', async () => {
  const world = accountWorld();
  world.ledger.reach = (operation) => void (operation === 'write' && databaseDown());
  await expect(world.run()).resolves.toMatchObject({ attempt: 1, recorded: false });
});

it('no password, token or code is in an error, a ledger row, a heartbeat, a report or a log', async () => {
  const kinds: Script[] = [
    {},
    { start: [{ kind: 'exists' }] },
    { start: [{ kind: 'throttled', retryAfterMs: null }] },
    { start: [{ kind: 'contract' }] },
    { verify: [{ kind: 'rejected' }] },
    { verify: [{ kind: 'unavailable', sent: true }] },
    { deps: { report: () => Promise.reject(new Error(`refused: ${ACCOUNT_PASSWORD}`)) } },
  ];
  for (const script of kinds) {
    const world = accountWorld(script);
    world.ledger.reach = (operation) => {
      // Written, and not reached: both are told of.
      if (operation === 'write' && world.ledger.writes.length > 0) throw new Error('down');
    };
    const { vendor } = world.deps;
    world.deps.vendor = {
      ...vendor,
      start: async (details) => {
        while (world.heartbeats.length === 0) await new Promise((resolve) => setImmediate(resolve));
        return vendor.start(details);
      },
    };
    const outcome = await world
      .run()
      .catch((error: Error) => ({ ...error, message: error.message, stack: error.stack }));
    expect(world.passwords).toEqual([ACCOUNT_PASSWORD]);
    const seen = JSON.stringify(
      [outcome, world.ledger, world.heartbeats, world.reports, world.logs],
      (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    );
    for (const secret of [ACCOUNT_PASSWORD, TOKEN, CODE]) expect(seen).not.toContain(secret);
  }
});
