/**
 * Step 6 over all single failures, and over random combinations of failures, retries, skips, marks and resets: what must hold whatever
 * happens. The world outside is replaced; the engine is real.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { activityFailure } from '../../../activities/failure';
import type { SubStepInput, SubStepResult } from '../../../activities/account-setup/types';
import type { FailureType } from '../../../domain/failures';
import type { JobSnapshot, SnapshotWrite, SubStepRow } from '../../../domain/record';
import { dependentsOf } from '../../../domain/repair';
import type { SubStepStatus } from '../../../domain/statuses';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import {
  companySelected,
  markSubStepDone,
  registrationState,
  resetSubStep,
  retry,
  skipSubStep,
  yoloConfigured,
  type RegistrationState,
} from '../../../workflows/messages';
import { sized } from '../../helpers/size';
import {
  configurationSnapshot,
  decision,
  fakeWorld,
  registrationInput,
  SELECTION,
  subStepResult,
  WorkflowWorld,
} from '../../helpers/workflows';

const CASES_AT_ONCE = sized(8, 20);
/** Each of so many cases. */
const RUNS = sized(1, 10);
const BY = { actor: 'person-1', reason: 'because' };
/** What a person gives who marks as done, for every sub-step that needs something. */
const OUTPUT = { codeInjectionId: 'ci-1', pumpd_restaurant_id: 'RES1' };

interface Call {
  key: SubStepKey;
  generation: number;
  succeeded: boolean;
}

/** What one job's world does, and what was done to it. */
class JobWorld {
  readonly broken = new Map<SubStepKey, FailureType>();
  readonly calls: Call[] = [];
  readonly faults: string[] = [];
  private readonly running = new Set<SubStepKey>();

  async perform(key: SubStepKey, { generation }: SubStepInput): Promise<SubStepResult> {
    if (this.running.has(key)) this.faults.push(`two calls of ${key} at once`);
    if (this.calls.some((call) => call.key === key && call.generation === generation && call.succeeded)) {
      this.faults.push(`${key} was done twice in generation ${generation}`);
    }
    this.running.add(key);
    // Lets siblings overlap: a call that lasts is seen by a second one.
    await new Promise((resolve) => setImmediate(resolve));
    this.running.delete(key);
    const failure = this.broken.get(key);
    this.calls.push({ key, generation, succeeded: failure === undefined });
    const attempt = this.calls.filter((call) => call.key === key && call.generation === generation).length;
    if (failure) throw activityFailure(failure, { retryable: false, details: [attempt, null] });
    return subStepResult({ attempt, output: { made: generation } });
  }
}

const worlds = new Map<string, JobWorld>();
const worldOf = (restaurantId: string): JobWorld => {
  const world = worlds.get(restaurantId);
  if (!world) throw new Error('The restaurant has no world');
  return world;
};

/** What the record was told of one job; whoever waits for something in it is woken by what is told. */
class Told {
  readonly rows: SubStepRow[] = [];
  private last: JobSnapshot | null = null;
  private events = 0;
  private readonly waiting = new Set<() => void>();

  take(write: SnapshotWrite): void {
    this.last = write.job ?? this.last;
    this.rows.push(...(write.sub_steps ?? []));
    this.events += (write.events ?? []).filter(({ kind }) => !kind.startsWith('decision.')).length;
    for (const look of this.waiting) look();
  }

  /** Resolves once so many commands were told of and the job waits at this step, or has ended. */
  rest(step: number, commands: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        const { last } = this;
        const ended = last?.status === 'completed' || last?.status === 'failed';
        const waits = last?.status === 'action_required' && last.current_step === step;
        if (this.events < commands || !(ended || waits)) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }
}
const told = new Map<string, Told>();

const { activities } = fakeWorld({
  ...Object.fromEntries(
    SUB_STEP_KEYS.map((key) => [
      key,
      (input: SubStepInput) => worldOf(input.restaurantId).perform(key, input),
    ]),
  ),
  publishSnapshot(write) {
    told.get(write.job_id)?.take(write);
    return Promise.resolve({ job: 'applied', sub_steps_ignored: [] });
  },
});

let engine: WorkflowWorld;
beforeAll(async () => {
  engine = await WorkflowWorld.start(activities);
}, 60_000);
afterAll(() => engine.stop());

interface Job {
  handle: WorkflowHandle;
  world: JobWorld;
  told: Told;
  /** Commands that were taken. */
  commands: number;
}

async function atRest({ handle, told, commands }: Job): Promise<RegistrationState> {
  await told.rest(6, commands);
  return handle.query(registrationState);
}

async function begin(failures: readonly (readonly [SubStepKey, FailureType])[]): Promise<Job> {
  const input = registrationInput();
  const world = new JobWorld();
  worlds.set(input.restaurantId, world);
  const mine = new Told();
  told.set(input.jobId, mine);
  for (const [key, type] of failures) world.broken.set(key, type);
  const job: Job = { handle: await engine.register(input), world, told: mine, commands: 0 };
  await job.told.rest(3, 0);
  await job.handle.signal(companySelected, { ...decision(), ...SELECTION });
  await job.told.rest(5, 0);
  const base = configurationSnapshot();
  const configuration = { ...base, account: { ...base.account, ownerKey: randomUUID() } };
  await job.handle.signal(yoloConfigured, { ...decision(), configuration });
  return job;
}

interface Move {
  kind: 'repair_world' | 'retry_all' | 'retry' | 'skip' | 'complete' | 'reset';
  key: SubStepKey;
  cascade: boolean;
  effectRemoved: boolean;
}

/** A refused command changes nothing; one that comes after the end finds nobody. */
async function make({ kind, key, cascade, effectRemoved }: Move, job: Job): Promise<void> {
  const { handle, world } = job;
  const command = { ...BY, subStep: key };
  try {
    if (kind === 'repair_world') return void world.broken.delete(key);
    if (kind === 'retry_all') await handle.executeUpdate(retry, { args: [{ ...BY, step: 6 }] });
    else if (kind === 'retry') {
      await handle.executeUpdate(retry, { args: [{ ...BY, step: 6, subSteps: [key] }] });
    } else if (kind === 'skip') await handle.executeUpdate(skipSubStep, { args: [command] });
    else if (kind === 'complete') {
      await handle.executeUpdate(markSubStepDone, { args: [{ ...command, output: OUTPUT }] });
    } else {
      const reset = { ...command, cascade, effectRemoved, preview: false };
      await handle.executeUpdate(resetSubStep, { args: [reset] });
    }
    job.commands += 1;
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
  }
}

/** What must hold whenever nothing moves; each broken rule in words. */
function broken({ status, subSteps }: RegistrationState, { world, told }: Job): string[] {
  if (!subSteps) return ['step 6 has not begun'];
  const found = [...world.faults];
  const isBad = (need: SubStepKey): boolean => ['failed', 'blocked'].includes(subSteps[need]);
  for (const key of SUB_STEP_KEYS) {
    const own = subSteps[key];
    if (['pending', 'in_progress', 'retrying', 'cancelled'].includes(own))
      found.push(`${key} rests as ${own}`);
    if (status === 'completed' && !['completed', 'skipped'].includes(own))
      found.push(`completed with ${key} ${own}`);
    const blocked = own === 'blocked';
    if (blocked && !SUB_STEPS[key].needs.some(isBad)) found.push(`${key} is blocked by nothing`);
    if (own === 'completed' && blocked) found.push(`${key} is both`);
  }
  for (const key of SUB_STEP_KEYS.filter((one) => SUB_STEPS[one].needs.some(isBad))) {
    const own = subSteps[key];
    const began = world.calls.some((call) => call.key === key);
    if (!['blocked', 'skipped'].includes(own) && !began && own !== 'completed') {
      found.push(`${key} is ${own} while a need failed`);
    }
  }
  return [...found, ...unmadeFinal(told.rows)];
}

/** In what was published, a completed or skipped sub-step never becomes anything else within its generation. */
function unmadeFinal(rows: readonly SubStepRow[]): string[] {
  const final = new Map<string, SubStepStatus>();
  const found: string[] = [];
  for (const row of rows) {
    const id = `${row.key} in generation ${row.generation}`;
    const before = final.get(id);
    if (before !== undefined && before !== row.status) found.push(`${id} was ${before}, then ${row.status}`);
    if (row.status === 'completed' || row.status === 'skipped') final.set(id, row.status);
  }
  return found;
}

/** Plays one case to its end. @returns all rules that were broken on the way */
async function play(
  failures: readonly (readonly [SubStepKey, FailureType])[],
  moves: readonly Move[],
): Promise<string[]> {
  const job = await begin(failures);
  let state = await atRest(job);
  const found = broken(state, job);
  for (const move of moves) {
    if (state.status === 'completed') break;
    await make(move, job);
    state = await atRest(job);
    found.push(...broken(state, job));
  }
  job.world.broken.clear();
  if (state.status !== 'completed') {
    await make({ kind: 'retry_all', key: 'itemTags', cascade: true, effectRemoved: false }, job);
    state = await atRest(job);
    found.push(...broken(state, job));
  }
  if (state.status !== 'completed') found.push('a repaired world and a retry of all do not complete it');
  return found;
}

test.each(SUB_STEP_KEYS)(
  '%s alone fails: what needs it is blocked, the rest completes, a retry completes all',
  async (key) => {
    const job = await begin([[key, 'InvalidInput']]);
    const { subSteps } = await atRest(job);
    const blocked = dependentsOf(key);
    const expected = Object.fromEntries(
      SUB_STEP_KEYS.map((one) => [
        one,
        one === key ? 'failed' : blocked.includes(one) ? 'blocked' : 'completed',
      ]),
    );
    expect(subSteps).toEqual(expected);

    job.world.broken.clear();
    await job.handle.executeUpdate(retry, { args: [{ ...BY, step: 6 }] });
    await expect(job.handle.result()).resolves.toEqual({ status: 'completed' });
    const calls = SUB_STEP_KEYS.map((one) => [
      one,
      job.world.calls.filter((call) => call.key === one).length,
    ]);
    expect(Object.fromEntries(calls)).toEqual(
      Object.fromEntries(SUB_STEP_KEYS.map((one) => [one, one === key ? 2 : 1])),
    );
  },
  60_000,
);

const aKey = fc.constantFrom(...SUB_STEP_KEYS);
const aFailure = fc.tuple(
  aKey,
  fc.constantFrom<FailureType>('InvalidInput', 'OutcomeUnclear', 'WrongPassword'),
);
const aMove: fc.Arbitrary<Move> = fc.record({
  kind: fc.constantFrom<Move['kind']>('repair_world', 'retry_all', 'retry', 'skip', 'complete', 'reset'),
  key: aKey,
  cascade: fc.boolean(),
  effectRemoved: fc.boolean(),
});
const aCase = fc.record({
  failures: fc.array(aFailure, { minLength: 1, maxLength: 4 }),
  moves: fc.array(aMove, { maxLength: 6 }),
});

test('no combination of failures and repairs breaks a rule', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aCase, { minLength: CASES_AT_ONCE, maxLength: CASES_AT_ONCE }),
      async (cases) => {
        const found = await Promise.all(cases.map(({ failures, moves }) => play(failures, moves)));
        expect(found.flat()).toEqual([]);
      },
    ),
    { numRuns: RUNS, seed: 20_261_125, endOnFailure: true },
  );
}, 600_000);
