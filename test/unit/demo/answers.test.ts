import { choose, Desk, needOf } from '../../../dev/demo/answers';
import type { ApiClient, Job, OfferedCandidate, Verdict } from '../../../dev/demo/api-client';
import type { DemoRestaurant } from '../../../dev/demo/restaurants';
import { completedJob, jobOf, runOf, uuidOf } from './fixtures';

const candidate = (
  company_number: string | null,
  nzbn: string,
  company_name = `COMPANY ${nzbn}`,
): OfferedCandidate => ({
  company_name,
  company_number,
  nzbn,
  status: 'Registered',
  incorporation_date: null,
  registered_address: null,
  match_sources: ['name'],
  score: 90,
});
const OFFERED = [candidate('9990001', '9429099900007'), candidate(null, '9429099900045')];

const waitsForCompany = (number = 1, searchNo = 1): Job =>
  jobOf({ number, status: 'action_required', step: 3, stepStatus: 'action_required', searchNo });
const waitsForConfiguration = (): Job =>
  jobOf({ status: 'action_required', step: 5, stepStatus: 'action_required' });

/** An API that accepts everything, and what it was asked. */
function fakeApi(offered: OfferedCandidate[] = OFFERED, result: Verdict['result'] = 'applied') {
  const calls: unknown[][] = [];
  const verdicts = (ids: string[]): Verdict[] =>
    ids.map((jobId) => ({ jobId, result, reason: result === 'applied' ? null : 'because' }));
  const api: Pick<ApiClient, 'offers' | 'select' | 'configure' | 'searchAgain' | 'enterByHand'> = {
    offers: async () => new Map([1, 2].map((number) => [uuidOf('aaaa', number), offered])),
    select: async (_, selections) => (calls.push(['select', selections]), verdicts(Object.keys(selections))),
    configure: async (_, configurations) => (
      calls.push(['configure', configurations]),
      verdicts(Object.keys(configurations))
    ),
    searchAgain: async (jobId, words) => (calls.push(['searchAgain', jobId, words]), verdicts([jobId])),
    enterByHand: async (jobId, details) => (calls.push(['enterByHand', jobId, details]), verdicts([jobId])),
  };
  return { api: api as ApiClient, calls };
}

function deskFor(changes: Partial<DemoRestaurant>, fake = fakeApi()) {
  const run = [runOf(1, changes), runOf(2)];
  return { ...fake, desk: new Desk(fake.api, 'batch', new Map(run.map((one) => [one.id, one]))) };
}

describe('what a job needs', () => {
  it.each<[string, Job, string | undefined]>([
    ['nothing while it runs', jobOf({ step: 2 }), undefined],
    ['nothing at its end', completedJob(), undefined],
    ['a company', waitsForCompany(), 'company'],
    ['a configuration', waitsForConfiguration(), 'configuration'],
    [
      'a repair of a failed step 1',
      jobOf({ status: 'action_required', step: 1, stepStatus: 'failed' }),
      'repair',
    ],
    [
      'a repair of a failed sub-step',
      jobOf({ status: 'action_required', step: 6, stepStatus: 'failed' }),
      'repair',
    ],
  ])('%s', (_, job, kind) => expect(needOf(job)?.kind).toBe(kind));
});

describe('the choice', () => {
  it('is by number, whatever its leading zeros, or by NZBN', () => {
    expect(choose({ kind: 'number', number: '09990001' }, OFFERED)).toBe(OFFERED[0]);
    expect(choose({ kind: 'nzbn', nzbn: '9429099900045' }, OFFERED)).toBe(OFFERED[1]);
    expect(choose({ kind: 'number', number: '9990009' }, OFFERED)).toBeUndefined();
  });
});

describe('the desk', () => {
  it('answers several jobs at once, each once', async () => {
    const { desk, calls } = deskFor({});
    const jobs = [waitsForCompany(1), waitsForCompany(2)];
    expect(await desk.answer(jobs)).toBe(2);
    expect(await desk.answer(jobs)).toBe(0);
    const selection = { company_number: '9990001' };
    expect(calls).toEqual([['select', { [uuidOf('aaaa', 1)]: selection, [uuidOf('aaaa', 2)]: selection }]]);
    expect(desk.companyOf(uuidOf('aaaa', 1))).toContain('9990001');
  });

  it('names one without a number by its NZBN', async () => {
    const { desk, calls } = deskFor({ company: { kind: 'nzbn', nzbn: '9429099900045' } });
    await desk.answer([waitsForCompany()]);
    expect(calls).toEqual([['select', { [uuidOf('aaaa', 1)]: { nzbn: '9429099900045' } }]]);
  });

  it('says that none matches', async () => {
    const { desk, calls } = deskFor({ company: { kind: 'no_match' } });
    await desk.answer([waitsForCompany()]);
    expect(calls).toEqual([['select', { [uuidOf('aaaa', 1)]: { no_match: true } }]]);
  });

  it('types the company in', async () => {
    const details = { contact_name: 'Linh Test', company_name: 'Whenua Limited' };
    const { desk, calls } = deskFor({ company: { kind: 'by_hand', details } });
    await desk.answer([waitsForCompany()]);
    expect(calls).toEqual([['enterByHand', uuidOf('aaaa', 1), details]]);
  });

  it('searches again first, and chooses from the new list alone', async () => {
    const { desk, calls } = deskFor({
      company: { kind: 'number', number: '9990001', searchAgain: { restaurant_name: 'Other' } },
    });
    await desk.answer([waitsForCompany(1, 1)]);
    expect(await desk.answer([waitsForCompany(1, 1)])).toBe(0);
    await desk.answer([waitsForCompany(1, 2)]);
    expect(calls.map(([what]) => what)).toEqual(['searchAgain', 'select']);
  });

  it('submits the configuration of the file', async () => {
    const { desk, calls } = deskFor({});
    await desk.answer([waitsForConfiguration()]);
    expect(calls).toEqual([['configure', { [uuidOf('aaaa', 1)]: { use_defaults: true } }]]);
  });

  it('gives up on a company that is not offered, and says so', async () => {
    const { desk, calls } = deskFor({}, fakeApi([]));
    const job = waitsForCompany();
    await desk.answer([job]);
    expect(calls).toEqual([]);
    expect(desk.problemOf(job)).toMatch(/9990001 is not among/);
  });

  it.each(['refused', 'ignored'] as const)('gives up on an answer that was %s', async (result) => {
    const { desk } = deskFor({}, fakeApi(OFFERED, result));
    const job = waitsForCompany();
    await desk.answer([job]);
    expect(desk.problemOf(job)).toMatch(/because/);
  });

  it('waits on for an answer that is still pending', async () => {
    const { desk } = deskFor({}, fakeApi(OFFERED, 'pending'));
    const job = waitsForCompany();
    await desk.answer([job]);
    expect(desk.problemOf(job)).toBeNull();
  });

  it('tells of a job that waits for what it has no answer to', () => {
    const { desk } = deskFor({});
    const job = jobOf({
      status: 'action_required',
      step: 6,
      stepStatus: 'failed',
      waiting: 'The menu import failed.',
    });
    expect(desk.problemOf(job)).toMatch(/step 6.*menu import failed/);
  });
});
