/** Turns in step 6 against a model: whatever comes in whatever order, what withholds them withholds, and nothing else does. */
import fc from 'fast-check';
import { Step6Grants } from '../../../workflows/grants';

const AT = '2026-03-02T01:00:00.000Z';
const request = (job: number, n = 1): { jobId: string; requestId: string } => ({
  jobId: `job-${job}`,
  requestId: `job-${job}:${n}`,
});
function grants(mode: 'parallel' | 'sequential' = 'parallel'): Step6Grants {
  return Object.assign(new Step6Grants(), { mode });
}
const drain = (turns: Step6Grants): string[] => {
  const granted: string[] = [];
  for (let next = turns.next(); next; next = turns.next()) granted.push(next.requestId);
  return granted;
};
/** Each job takes a turn and ends it. */
function settleAll(turns: Step6Grants, outcomes: readonly ('completed' | 'failed' | 'rests')[]): void {
  outcomes.forEach((outcome, job) => {
    turns.request(request(job));
    drain(turns);
    if (outcome === 'rests') turns.settle(request(job));
    else turns.ended(request(job).jobId, outcome);
  });
}

const OF_A_JOB = ['request', 'repeat', 'settle', 'complete', 'fail', 'cancel', 'lose'] as const;
interface Step {
  do: (typeof OF_A_JOB)[number] | 'pause' | 'resume';
  job: number;
}
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...OF_A_JOB) },
    { weight: 1, arbitrary: fc.constantFrom('pause' as const, 'resume' as const) },
  ),
  job: fc.nat(5),
});

/** What a reader of the contract would keep: who asked, in which order, who holds what, and how each turn ended last. */
class Model {
  readonly asked = new Map<number, number>();
  readonly ended = new Set<number>();
  waiting: number[] = [];
  holding = new Set<number>();
  outcomes = new Map<number, boolean>();
  paused = false;
}

function play(turns: Step6Grants, model: Model, taken: Step): void {
  if (taken.do === 'pause') {
    turns.stop('Stock-taking.', AT);
    model.paused = true;
    return;
  }
  if (taken.do === 'resume') {
    turns.resume();
    model.paused = false;
    model.outcomes.clear();
    return;
  }
  const { job } = taken;
  const now = request(job, model.asked.get(job) ?? 0);
  if (model.ended.has(job)) return;
  if (taken.do === 'request') {
    // A registration asks only when it neither waits nor holds.
    if (model.waiting.includes(job) || model.holding.has(job)) return;
    model.asked.set(job, (model.asked.get(job) ?? 0) + 1);
    expect(turns.request(request(job, model.asked.get(job)))).toBe(false);
    model.waiting.push(job);
    model.outcomes.delete(job);
  } else if (taken.do === 'repeat') {
    if (model.asked.has(job)) expect(turns.request(now)).toBe(model.holding.has(job));
  } else if (taken.do === 'settle') {
    // Whoever reports had its turn, also when only the registration knows.
    turns.settle(now);
    const waited = model.waiting.includes(job);
    model.waiting = model.waiting.filter((other) => other !== job);
    if (model.holding.delete(job) || waited) model.outcomes.set(job, false);
  } else if (taken.do === 'lose') {
    turns.lost(now);
    model.holding.delete(job);
  } else {
    const status = ({ complete: 'completed', fail: 'failed', cancel: 'cancelled' } as const)[taken.do];
    turns.ended(now.jobId, status);
    model.ended.add(job);
    const had = model.holding.delete(job);
    if (status === 'completed') model.outcomes.set(job, true);
    if (status === 'failed' && had) model.outcomes.set(job, false);
    model.waiting = model.waiting.filter((other) => other !== job);
  }
}

test.each(['parallel', 'sequential'] as const)(
  'whatever happens in %s mode: order kept, nothing while paused, one at a time where asked for, the breaker counts right',
  (mode) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const turns = grants(mode);
        const model = new Model();
        for (const taken of steps) {
          play(turns, model, taken);
          const due = model.paused
            ? []
            : mode === 'parallel'
              ? model.waiting
              : model.waiting.slice(0, model.holding.size === 0 ? 1 : 0);
          expect(drain(turns)).toEqual(due.map((job) => request(job, model.asked.get(job)).requestId));
          model.waiting = model.waiting.filter((job) => !due.includes(job));
          for (const job of due) model.holding.add(job);
          expect(turns.holders().map(({ jobId }) => jobId)).toEqual(
            expect.arrayContaining([...model.holding].map((job) => request(job).jobId)),
          );
          expect([turns.inStep6, turns.waiting]).toEqual([model.holding.size, model.waiting.length]);
          const failed = [...model.outcomes.values()].filter((completed) => !completed).length;
          const open = failed >= 3 && failed / model.outcomes.size > 0.5 && !model.paused;
          expect(turns.breaker() !== null).toBe(open);
        }
      }),
      { numRuns: 500 },
    );
  },
);

test('nothing is granted before the batch is known', () => {
  const turns = new Step6Grants();
  turns.request(request(1));
  expect(turns.next()).toBeNull();
  turns.mode = 'parallel';
  expect(drain(turns)).toEqual(['job-1:1']);
});

test('the breaker opens above one half with at least three failed, and says how many', () => {
  const verdict = (outcomes: Parameters<typeof settleAll>[1]): string | null => {
    const turns = grants();
    settleAll(turns, outcomes);
    return turns.breaker();
  };
  expect(verdict(['failed', 'rests'])).toBeNull();
  expect(verdict(['failed', 'rests', 'failed', 'completed', 'completed', 'completed'])).toBeNull();
  expect(verdict(['failed', 'completed', 'rests', 'failed'])).toMatch(/3 of 4/);
});

test('a retry takes its former failure back until it fails again, and a resume begins the count anew', () => {
  const turns = grants();
  settleAll(turns, ['rests', 'rests', 'rests']);
  expect(turns.breaker()).not.toBeNull();
  turns.request(request(0, 2));
  expect(turns.breaker()).toBeNull();
  drain(turns);
  turns.settle(request(0, 2));
  expect(turns.breaker()).not.toBeNull();
  turns.stop('breaker', AT);
  turns.resume();
  // Given up afterwards: nothing of step 6 happened since the count began.
  turns.ended('job-1', 'failed');
  turns.ended('job-2', 'failed');
  turns.ended('job-0', 'failed');
  expect(turns.breaker()).toBeNull();
});

test('jobs that closed without a turn count not', () => {
  const turns = grants();
  for (const job of [1, 2, 3, 4]) turns.ended(request(job).jobId, 'failed');
  expect(turns.breaker()).toBeNull();
});

test('a job whose run was reset asks anew: it frees the turn of its former run and is the last in line', () => {
  const turns = grants('sequential');
  turns.request(request(1));
  drain(turns);
  turns.request(request(2));
  turns.request(request(3));
  turns.request({ ...request(2), requestId: 'second run of 2' });
  turns.request({ ...request(1), requestId: 'second run of 1' });
  expect(drain(turns)).toEqual(['job-3:1']);
  // The former run's report comes late.
  turns.settle(request(1));
  expect(turns.inStep6).toBe(1);
  turns.ended('job-3', 'completed');
  expect(drain(turns)).toEqual(['second run of 2']);
});

test('after a reset of the batch, which hears all requests and reports again, the one in step 6 is the next to be told', () => {
  const turns = new Step6Grants();
  turns.request(request(1));
  turns.request(request(2));
  turns.settle(request(1));
  turns.request(request(1, 2));
  turns.mode = 'sequential';
  expect(drain(turns)).toEqual(['job-2:1']);
  expect(turns.waiting).toBe(1);
});
