/** A verdict that cannot fail is none: each witness lies once, and is found out. */
import { judge } from '../../../dev/chaos/verdict';
import type { Facts, JobFacts, StoredSubStep } from '../../../dev/chaos/facts';
import type { SubStepKey } from '../../../domain/sub-steps';
import type { EffectRow } from '../../../dev/simulator/client';
import { factsOf, jobIdOf, jobOf, restaurantOf } from './facts';

const LIMITS = { accountMinIntervalMs: 500, sessionsPerAccount: 4 };
const problemsOf = (facts: Facts): string[] => judge(facts, LIMITS).flatMap(({ problems }) => problems);
/** The names of the checks that do not hold. */
const broken = (facts: Facts): string[] =>
  judge(facts, LIMITS).flatMap(({ name, problems }) => (problems.length > 0 ? [name] : []));

function found<T>(list: readonly T[], is: (one: T) => boolean): T {
  const one = list.find(is);
  if (one === undefined) throw new Error('There is none');
  return one;
}
const job = (facts: Facts, at = 0): JobFacts => found(facts.jobs, ({ row }) => row.id === jobIdOf(at));
const subStep = (facts: Facts, key: SubStepKey): StoredSubStep =>
  found(job(facts).row.sub_steps, (row) => row.key === key);
const effect = (facts: Facts, key: SubStepKey): EffectRow =>
  found(facts.effects, (row) => row.subStep === key);

const ENDS = 'Every job completed, or waits with a true reason';
const ONCE = 'Each due effect exactly once';
const TWICE = 'Nothing twice, nothing at once, nothing too early';
const BOOKED = 'Every call outside is in the ledger';
const RECORD = 'The record says what the workflows say';
const COUNTS = 'The counts of the batch are those of its jobs';

describe('witnesses that agree', () => {
  it('are believed when all is completed', () => {
    expect(problemsOf(factsOf([jobOf(0), jobOf(1)]))).toEqual([]);
  });

  it('are believed when a job waits for a person with a true reason', () => {
    const blocked: SubStepKey[] = ['optionSets', 'itemTags'];
    const waiting = jobOf(0, { failed: 'menuImport', type: 'OutcomeUnclear', blocked });
    expect(problemsOf(factsOf([waiting, jobOf(1)]))).toEqual([]);
  });

  it('are believed when an unclear sub-step did take effect', () => {
    const facts = factsOf([jobOf(0, { failed: 'itemTags', type: 'OutcomeUnclear' })]);
    facts.effects.push({ ...effect(factsOf([jobOf(0)]), 'itemTags') });
    expect(problemsOf(facts)).toEqual([]);
  });

  it('are believed when two restaurants of one owner share an account', () => {
    const [first, second] = [jobOf(0), jobOf(1)];
    second.one = { ...second.one, email: first.one.email.toUpperCase() };
    const facts = factsOf([first, second]);
    facts.effects = facts.effects.filter(
      (row, at, all) =>
        all.findIndex((other) => other.email !== null && other.email === row.email) === at ||
        row.email === null,
    );
    expect(problemsOf(facts)).toEqual([]);
  });
});

describe('the world outside', () => {
  it('shows a duplicate', () => {
    const facts = factsOf([jobOf(0)]);
    Object.assign(effect(facts, 'menuImport'), { count: 2, duplicated: 1, attempts: 2 });
    expect(broken(facts)).toEqual([ONCE, TWICE, BOOKED]);
  });

  it('shows an effect that never came', () => {
    const facts = factsOf([jobOf(0)]);
    facts.effects = facts.effects.filter((row) => row.subStep !== 'codeGeneration');
    expect(broken(facts)).toEqual([ONCE]);
  });

  it('shows two calls at once', () => {
    const facts = factsOf([jobOf(0)]);
    effect(facts, 'websiteConfig').concurrentCalls = 1;
    expect(broken(facts)).toEqual([TWICE]);
  });

  it('shows a second account of one owner', () => {
    const facts = factsOf([jobOf(0)]);
    effect(facts, 'cloudwaitressAccount').count = 2;
    expect(broken(facts)).toEqual([ONCE]);
  });

  it('shows a call that came too early', () => {
    const facts = factsOf([jobOf(0)]);
    facts.summary.unmetNeeds.push('one menuImport');
    expect(broken(facts)).toEqual([TWICE]);
  });

  it('shows a call that is not in the ledger, and one of another job', () => {
    const facts = factsOf([jobOf(0)]);
    effect(facts, 'paymentConfig').attempts = 2;
    effect(facts, 'itemTags').keys.push('another-job:itemTags:1');
    expect(broken(facts)).toEqual([BOOKED]);
    expect(problemsOf(facts)).toHaveLength(2);
  });

  it('shows accounts that were created too close to one another', () => {
    const facts = factsOf([jobOf(0)]);
    facts.summary.accounts.minGapMs = 499;
    expect(problemsOf(facts)).toEqual([expect.stringContaining('499')]);
  });
});

it('shows more sessions in one account than it may have', () => {
  const facts = factsOf([jobOf(0)]);
  facts.summary.sessions.maxConcurrentPerAccount = { 'a@kowhaigrill.example': 4, 'b@kowhaigrill.example': 5 };
  expect(problemsOf(facts)).toEqual([expect.stringContaining('b@kowhaigrill.example')]);
});

describe('a job that waits', () => {
  it('has not failed with what took effect', () => {
    const facts = factsOf([jobOf(0, { failed: 'itemTags', type: 'BackendUnavailable' })]);
    facts.effects.push(effect(factsOf([jobOf(0)]), 'itemTags'));
    expect(broken(facts)).toEqual([ENDS, ONCE]);
  });

  it('names what failed', () => {
    const waiting = jobOf(0, { failed: 'itemTags', type: 'OutcomeUnclear' });
    waiting.row.waiting_reason = waiting.workflow.state.waitingReason = 'Something else.';
    expect(broken(factsOf([waiting]))).toEqual([ENDS]);
  });

  it('waits for nothing that could still run, and blocks nothing that could', () => {
    for (const status of ['pending', 'in_progress', 'blocked'] as const) {
      const facts = factsOf([jobOf(0, { failed: 'itemTags', type: 'OutcomeUnclear' })]);
      facts.effects = facts.effects.filter((row) => row.subStep !== 'paymentConfig');
      subStep(facts, 'paymentConfig').status = status;
      Object.assign(job(facts).workflow.state.subSteps ?? {}, { paymentConfig: status });
      expect(broken(facts)).toEqual([ENDS]);
    }
  });

  it('does not wait for an answer that was given', () => {
    const waiting = jobOf(0, { failed: 'itemTags', type: 'OutcomeUnclear' });
    for (const step of waiting.row.steps) if (step.step_number === 3) step.status = 'action_required';
    waiting.workflow.state.steps[2] = 'action_required';
    expect(broken(factsOf([waiting]))).toEqual([ENDS]);
  });

  it('is not closed in between', () => {
    const failed = jobOf(0);
    failed.row.status = failed.workflow.state.status = 'failed';
    expect(broken(factsOf([failed]))).toContain(ENDS);
  });
});

describe('the record', () => {
  const lies: Record<string, (facts: Facts) => void> = {
    'about a step': (facts) =>
      void (found(job(facts).row.steps, (step) => step.step_number === 4).status = 'skipped'),
    'about a generation': (facts) => void (subStep(facts, 'menuImport').generation = 2),
    'about the end of a run': (facts) => void (job(facts).workflow.run = 'RUNNING'),
    'about a pause': (facts) => {
      facts.batch.paused_at = '2026-03-02T00:00:00Z';
      facts.batch.pause_reason = `Since ${restaurantOf(0).name}`;
    },
    'about the step that it is at': (facts) => void (job(facts).row.current_step = 5),
  };
  it.each(Object.entries(lies))('lies %s', (_what, lie) => {
    const facts = factsOf([jobOf(0)]);
    lie(facts);
    expect(broken(facts)).toEqual([RECORD]);
    expect(problemsOf(facts)).toEqual([expect.stringContaining(restaurantOf(0).name)]);
  });

  it('lies about a sub-step', () => {
    const facts = factsOf([jobOf(0)]);
    subStep(facts, 'itemTags').status = 'in_progress';
    expect(broken(facts)).toEqual(expect.arrayContaining([ENDS, RECORD]));
  });

  it('does not say when a job was completed', () => {
    const facts = factsOf([jobOf(0)]);
    job(facts).row.completed_at = null;
    expect(broken(facts)).toEqual([ENDS]);
  });
});

describe('the counts', () => {
  const lies: Record<string, (facts: Facts) => void> = {
    'of the completed': (facts) => void (facts.batch.completed_restaurants = 1),
    'of the failed': (facts) => void (facts.batch.failed_restaurants = 1),
    'of all': (facts) => void (facts.batch.total_restaurants = 3),
    'behind the status': (facts) => void (facts.batch.status = 'in_progress'),
    'in the workflow': (facts) => void (facts.batchWorkflow.state.completed = 1),
    'of a batch that has not ended': (facts) => void (facts.batchWorkflow.run = 'RUNNING'),
  };
  it.each(Object.entries(lies))('are wrong: those %s', (_what, lie) => {
    const facts = factsOf([jobOf(0), jobOf(1)]);
    lie(facts);
    expect(broken(facts)).toEqual([COUNTS]);
  });
});
