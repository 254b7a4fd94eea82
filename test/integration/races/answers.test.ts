/**
 * People who answer at the same moment, through the API, against the real engine and database. Which of them is first is not ours to
 * say; that one alone counts, that the other is told so, and that all records agree on it, is. Runs from dist: build first.
 */
import { generateRestaurants } from '../../../dev/demo/generator';
import type { Job, SelectionBody, Verdict } from '../../../dev/demo/api-client';
import { isTerminalJob } from '../../../domain/statuses';
import { Operator } from '../../helpers/operator';
import { sized } from '../../helpers/size';
import type { TestStack } from '../../helpers/stack';
import { callApi, person, startRaceStack, verdictsOf, type Person } from './desks';

/** Restaurants of each test whose choice is raced for. */
const EACH = sized(3, 4);

let stack: TestStack;
let [mereana, tama]: Person[] = [];
beforeAll(async () => {
  stack = await startRaceStack();
  mereana = person(stack, 'admin');
  tama = person(stack, 'user');
}, 120_000);
afterAll(() => stack?.stopAll(), 60_000);

const people = (): [Person, Person] => {
  if (!mereana || !tama) throw new Error('Nobody is there');
  return [mereana, tama];
};
const at = (number: number) => (jobs: Job[]) =>
  jobs.every((job) => job.status === 'action_required' && job.current_step === number);

/** What became of each job: who won, when exactly one of two did. */
function winners(
  jobs: readonly Job[],
  first: readonly Verdict[],
  second: readonly Verdict[],
): Map<string, 0 | 1> {
  return new Map(
    jobs.map(({ id }) => {
      const results = [first, second].map((verdicts) => verdicts.find(({ jobId }) => jobId === id));
      const applied = results.map((verdict) => verdict?.result === 'applied');
      expect({ id, applied: applied.filter(Boolean).length }).toEqual({ id, applied: 1 });
      const lost = results.find((verdict) => verdict?.result !== 'applied');
      // Too late for the workflow, or for the record already: said in words either way.
      expect(['ignored', 'refused']).toContain(lost?.result);
      expect(lost?.reason).toMatch(/\S{3}.*\.$/);
      return [id, applied[0] ? 0 : 1];
    }),
  );
}

async function expectOneDecision(jobId: string, kind: RegExp, actor: string): Promise<void> {
  const verdicts = await verdictsOf(stack, jobId);
  const applied = verdicts.filter((line) => kind.test(line.kind));
  expect(applied.map((line) => line.actor)).toContain(actor);
}

test('two people choose different companies at once: one choice counts, the other is told so', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(EACH, 31));
  const jobs = await operator.until(at(3), { answering: false });
  const offers = await operator.api.offers(operator.batchId);
  const chosen = (job: Job): SelectionBody => {
    const company = offers.get(job.id)?.find(({ company_number }) => company_number !== null);
    return { company_number: company?.company_number ?? '' };
  };
  const company = Object.fromEntries(jobs.map((job) => [job.id, chosen(job)]));
  const none = Object.fromEntries(jobs.map((job): [string, SelectionBody] => [job.id, { no_match: true }]));
  const [one, other] = people();
  const [first, second] = await Promise.all([
    one.api.select(operator.batchId, company),
    other.api.select(operator.batchId, none),
  ]);
  const won = winners(jobs, first, second);
  const waiting = await operator.until(at(5), { answering: false });
  for (const job of waiting) {
    const winner = won.get(job.id) === 0 ? one : other;
    await expectOneDecision(job.id, /^decision\.applied$/, winner.id);
    const { data } = await stack.supabase
      .from('companies_office_search_candidates')
      .select('status')
      .eq('registration_job_id', job.id)
      .single();
    expect(data?.status).toBe(winner === one ? 'selected' : 'no_match');
    expect(job.steps[3]?.status).toBe(winner === one ? 'completed' : 'skipped');
  }
}, 90_000);

test('a choice against a new search: the one or the other, never both', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(EACH, 32));
  const jobs = await operator.until(at(3), { answering: false });
  const none = Object.fromEntries(jobs.map((job): [string, SelectionBody] => [job.id, { no_match: true }]));
  const [one, other] = people();
  const [first, ...second] = await Promise.all([
    one.api.select(operator.batchId, none),
    ...jobs.map((job) => other.api.searchAgain(job.id, { restaurant_name: 'Kererū' })),
  ]);
  const won = winners(jobs, first ?? [], second.flat());
  const settled = await operator.until(
    (all) => all.every((job) => job.status === 'action_required' && [3, 5].includes(job.current_step)),
    { answering: false },
  );
  for (const job of settled) {
    const searched = won.get(job.id) === 1;
    expect({ step: job.current_step, search_no: job.search_no }).toEqual(
      searched ? { step: 3, search_no: 2 } : { step: 5, search_no: 1 },
    );
  }
}, 90_000);

test('two people configure within 5 ms: one configuration runs, and only its passwords are kept', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(2, 33));
  const jobs = await operator.until(at(3), { answering: false });
  const none = Object.fromEntries(jobs.map((job): [string, SelectionBody] => [job.id, { no_match: true }]));
  await operator.api.select(operator.batchId, none);
  await operator.until(at(5), { answering: false });

  const theirs = (name: string) =>
    Object.fromEntries(
      jobs.map((job, index) => [
        job.id,
        {
          use_defaults: true,
          account: { email: `${name}${index}@owner.example`, password: `Invented-${name}-00${index}` },
        } as const,
      ]),
    );
  const secretsBefore = await countSecrets();
  const [one, other] = people();
  const sent: number[] = [];
  const configure = (who: Person, name: string): Promise<Verdict[]> => {
    sent.push(performance.now());
    return who.api.configure(operator.batchId, theirs(name));
  };
  const [first, second] = await Promise.all([configure(one, 'mereana'), configure(other, 'tama')]);
  expect((sent[1] ?? 0) - (sent[0] ?? 0)).toBeLessThan(5);
  const won = winners(jobs, first, second);

  const done = await operator.until((all) => all.every((job) => isTerminalJob(job.status)));
  expect(done.map((job) => job.status)).toEqual(['completed', 'completed']);
  const { effects } = await operator.simulator.effects();
  const made = effects.filter(({ email, count }) => count > 0 && email !== null).map(({ email }) => email);
  for (const [index, job] of jobs.entries()) {
    const [winner, loser] = won.get(job.id) === 0 ? ['mereana', 'tama'] : ['tama', 'mereana'];
    expect(made).toContain(`${winner}${index}@owner.example`);
    expect(made).not.toContain(`${loser}${index}@owner.example`);
  }
  // An account password and an onboarding password each; the loser's are gone.
  expect((await countSecrets()) - secretsBefore).toBe(2 * jobs.length);
  expect(await operator.simulator.effectsSummary()).toMatchObject({ duplicates: 0, concurrentCalls: 0 });
}, 150_000);

test('a choice against a cancel: the job is cancelled and stays so, and nothing is called for it any more', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(EACH, 34));
  const jobs = await operator.until(at(3), { answering: false });
  const none = Object.fromEntries(jobs.map((job): [string, SelectionBody] => [job.id, { no_match: true }]));
  const [one] = people();
  const [verdicts, ...cancels] = await Promise.all([
    one.api.select(operator.batchId, none),
    ...jobs.map((job) => callApi(stack, 'POST', `/jobs/${job.id}/cancel`, { reason: 'not wanted' })),
  ]);
  expect(cancels.map(({ status }) => status)).toEqual(jobs.map(() => 202));
  for (const { result, reason } of verdicts ?? []) {
    expect(['applied', 'ignored', 'refused', 'pending']).toContain(result);
    if (result === 'ignored' || result === 'refused') expect(reason).toEqual(expect.any(String));
  }
  const closed = await operator.until((all) => all.every((job) => isTerminalJob(job.status)), {
    answering: false,
  });
  expect(closed.map((job) => job.status)).toEqual(jobs.map(() => 'cancelled'));
  expect(await operator.effects()).toEqual([]);
  // Whoever answers now is refused, with the reason.
  const late = await one.api.select(operator.batchId, none);
  expect(late.map(({ result }) => result)).toEqual(jobs.map(() => 'refused'));
}, 90_000);

async function countSecrets(): Promise<number> {
  const { count, error } = await stack.supabase
    .from('sealed_secrets')
    .select('id', { count: 'exact', head: true });
  if (error || count === null) throw new Error('The secrets cannot be counted');
  return count;
}
