import { Commands, type Command } from '../../../dev/chaos/commands';
import { Person, type PersonOptions } from '../../../dev/chaos/person';
import type { Batch, Job } from '../../../dev/demo/api-client';
import { DemoError } from '../../../dev/demo/http';
import type { RestaurantState, EffectRow } from '../../../dev/simulator/client';
import type { SubStepKey } from '../../../domain/sub-steps';
import { batchOf, effectsOf, jobOf, runOf } from '../demo/fixtures';

type Sent = { method: string; path: string; body: unknown; key: string };

const noAnswer = new DemoError('POST /retry got no answer (ECONNRESET)');
const NOT_NOW = new DemoError('TEMPORAL_UNAVAILABLE: No worker.', 'TEMPORAL_UNAVAILABLE');
const REFUSED = new DemoError('STEP_NOT_ACTION_REQUIRED: Nothing failed.', 'STEP_NOT_ACTION_REQUIRED');
const BROKEN = new DemoError('INTERNAL_ERROR: Ours.', 'INTERNAL_ERROR');

/** Answers the nth command with the nth error, or well where that is null; the last one for all that follow. */
function answering(...errors: (Error | null)[]) {
  const sent: Sent[] = [];
  const command = (method: string, path: string, body: unknown, key: string): Promise<void> => {
    sent.push({ method, path, body, key });
    const error = errors[Math.min(sent.length, errors.length) - 1] ?? null;
    return error === null ? Promise.resolve() : Promise.reject(error);
  };
  return { sent, command };
}

describe('a command', () => {
  const retry: Command = { method: 'POST', path: '/jobs/one/retry', body: { step: 6 } };

  it.each([
    ['no answer', noAnswer],
    ['not now', NOT_NOW],
    ['broken', BROKEN],
  ])('keeps its key until it is answered: %s', async (_what, trouble) => {
    const api = answering(trouble, null, null);
    const commands = new Commands(api);
    await commands.send(retry);
    expect(await commands.send(retry)).toEqual({ kind: 'done' });
    await commands.send(retry);
    const [first, second, third] = api.sent.map(({ key }) => key);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('that was refused is another one when it is sent anew', async () => {
    const api = answering(REFUSED, null);
    const commands = new Commands(api);
    expect(await commands.send(retry)).toEqual({ kind: 'refused' });
    await commands.send(retry);
    expect(api.sent[1]?.key).not.toBe(api.sent[0]?.key);
  });
});

interface World {
  job: Job;
  failed?: SubStepKey[];
  effects?: EffectRow[];
  details?: () => Promise<{ batch: Batch; jobs: Job[] }>;
  paused?: boolean;
  commandErrors?: (Error | null)[];
}

function deskOf({ job, failed = [], effects = [], details, paused = false, commandErrors = [null] }: World) {
  const batch = { ...batchOf([job]), paused_at: paused ? '2026-03-02T00:00:00Z' : null };
  const one = runOf(1);
  const commands = answering(...commandErrors);
  const calls: Record<string, unknown[]> = { select: [], configure: [], searchAgain: [] };
  const noting = (name: string) => (_id: string, body: unknown) => {
    calls[name]?.push(body);
    return Promise.resolve([]);
  };
  let now = 0;
  const options = {
    api: {
      details: details ?? (() => Promise.resolve({ batch, jobs: [job] })),
      offers: () => Promise.resolve(new Map([[job.id, []]])),
      job: () => Promise.resolve({ sub_steps: failed.map((key) => ({ key, status: 'failed' })) }),
      select: noting('select'),
      configure: noting('configure'),
      searchAgain: noting('searchAgain'),
      command: commands.command,
    },
    simulator: {
      effects: () => Promise.resolve({ effects }),
      state: () =>
        Promise.resolve({
          platform: { id: 'RES1', subdomain: 'kwhaigrill' },
          backend: { code: { id: 'code-1' } },
        } as RestaurantState),
    },
    batchId: 'batch',
    restaurants: new Map([[job.restaurant_id, one]]),
    now: () => now,
  } as unknown as PersonOptions;
  return {
    person: new Person(options),
    sent: commands.sent,
    calls,
    one,
    later: (ms: number) => void (now += ms),
  };
}

const stuck = (step: number): Job =>
  jobOf({ status: 'action_required', step, stepStatus: 'failed', waiting: 'It failed.' });

describe('a person', () => {
  it('marks as done what the platform shows, with what others need of it', async () => {
    const { person, sent } = deskOf({
      job: stuck(6),
      failed: ['restaurantRegistration'],
      effects: effectsOf(runOf(1)),
    });
    await person.round();
    expect(sent).toEqual([
      expect.objectContaining({
        method: 'PATCH',
        path: `/jobs/${jobOf().id}/steps/6/sub-steps/restaurantRegistration`,
        body: {
          status: 'completed',
          reason: expect.any(String),
          output: { pumpd_restaurant_id: 'RES1', pumpd_subdomain: 'kwhaigrill' },
        },
      }),
    ]);
    expect(person.figures).toMatchObject({ markedDone: 1, retries: 0 });
  });

  it('runs again what the platform does not show, and that alone', async () => {
    const shown = effectsOf(runOf(1)).filter(({ subStep }) => subStep !== 'menuImport');
    const { person, sent } = deskOf({ job: stuck(6), failed: ['menuImport'], effects: shown });
    await person.round();
    expect(sent).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: `/jobs/${jobOf().id}/retry`,
        body: { step: 6, sub_steps: ['menuImport'] },
      }),
    ]);
  });

  it('retries an automatic step that failed', async () => {
    const { person, sent } = deskOf({ job: stuck(2) });
    await person.round();
    expect(sent).toEqual([expect.objectContaining({ path: `/jobs/${jobOf().id}/retry`, body: { step: 2 } })]);
  });

  it('resumes a batch that its breaker paused', async () => {
    const { person, sent } = deskOf({ job: jobOf({ step: 6 }), paused: true });
    await person.round();
    expect(sent).toEqual([expect.objectContaining({ method: 'POST', path: `/${batchOf([]).id}/resume` })]);
    expect(person.figures.resumed).toBe(1);
  });

  it('searches again when the company is not among those that were found', async () => {
    const { person, calls } = deskOf({
      job: jobOf({ status: 'action_required', step: 3, stepStatus: 'action_required' }),
    });
    await person.round();
    expect(calls['searchAgain']).toHaveLength(1);
    expect(calls['select']).toEqual([]);
  });

  it('answers the same state again only after a while: the record may be behind', async () => {
    const { person, calls, later } = deskOf({
      job: jobOf({ status: 'action_required', step: 5, stepStatus: 'action_required' }),
    });
    await person.round();
    await person.round();
    expect(calls['configure']).toHaveLength(1);
    later(10_000);
    await person.round();
    expect(calls['configure']).toHaveLength(2);
  });

  it('survives an API that is away, and tells it from one that is broken', async () => {
    const troubles = [noAnswer, BROKEN];
    const { person } = deskOf({ job: stuck(2), details: () => Promise.reject(troubles.shift()) });
    expect(await person.round()).toBeNull();
    expect(await person.round()).toBeNull();
    expect(person.figures).toMatchObject({ unanswered: 1, internalErrors: 1 });
  });

  it('leaves a job waiting once all is calm and no repair helps', async () => {
    const { person, later } = deskOf({ job: stuck(6), failed: ['menuImport'] });
    expect((await person.round())?.atRest).toBe(false);
    person.calmDown();
    let rounds = 0;
    while (!(await person.round())?.atRest && rounds < 50) {
      rounds += 1;
      later(10_000);
    }
    expect(rounds).toBeLessThan(50);
  });

  it('is not at rest while anything runs', async () => {
    const { person } = deskOf({ job: jobOf({ status: 'in_progress', step: 6 }) });
    person.calmDown();
    expect((await person.round())?.atRest).toBe(false);
  });
});
