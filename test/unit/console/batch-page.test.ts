/** What the pages of a batch and of a restaurant say. */
import { batchActions } from '../../../api/console/src/pages/batch/batch-actions';
import { countsOf, shownJobs, wordsOf } from '../../../api/console/src/pages/batch/rows';
import { eventDetail, eventWords } from '../../../api/console/src/pages/job/event-words';
import { settingSections } from '../../../api/console/src/pages/job/setting-sections';
import { job, step, subStep } from './jobs';

const START = '2026-03-01T00:00:00.000Z';

describe('a row', () => {
  test('says why it waits, what it does, or why it was closed', () => {
    expect(wordsOf(job({ status: 'action_required', waiting_reason: 'Choose the company.' }))).toBe(
      'Choose the company.',
    );
    expect(wordsOf(job({ status: 'failed', error_message: 'It was given up.' }))).toBe('It was given up.');
    expect(wordsOf(job({ status: 'in_progress', cancel_requested_at: START }))).toContain('cancelled');
    const working = job({
      steps: [
        step(6, 'in_progress', START, null, {
          websiteConfig: subStep('retrying', START, null, { attempt: 2 }),
          paymentConfig: subStep('in_progress', START, null),
        }),
      ],
      current_step: 6,
    });
    expect(wordsOf(working)).toBe('Configure the website (try 2 of 4) · Configure payments');
  });
  test('tells the place in the queue while nothing runs', () => {
    const queued = job({
      current_step: 6,
      steps: [
        step(6, 'in_progress', START, null, {
          cloudwaitressAccount: subStep('pending', null, null, { note: 'Third in the queue.' }),
        }),
      ],
    });
    expect(wordsOf(queued)).toBe('Third in the queue.');
    expect(wordsOf({ ...queued, note: 'Waits for its turn in step 6.' })).toBe(
      'Waits for its turn in step 6.',
    );
  });
});

describe('the list', () => {
  const jobs = [
    job({ id: '1', position: 1, status: 'completed', restaurant: { id: 'a', name: 'Rata', city: 'Nelson' } }),
    job({
      id: '2',
      position: 2,
      status: 'in_progress',
      restaurant: { id: 'b', name: 'Miro', city: 'Napier' },
    }),
    job({
      id: '3',
      position: 3,
      status: 'action_required',
      restaurant: { id: 'c', name: 'Tōtara', city: null },
    }),
  ];
  const ids = (filter: Partial<Parameters<typeof shownJobs>[1]>) =>
    shownJobs(jobs, { text: '', status: 'all', order: 'attention', ...filter }).map(({ id }) => id);
  test('begins with what wants attention', () => {
    expect(ids({})).toEqual(['3', '2', '1']);
    expect(ids({ order: 'position' })).toEqual(['1', '2', '3']);
    expect(ids({ order: 'name' })).toEqual(['2', '1', '3']);
  });
  test('is narrowed by words and by status', () => {
    expect(ids({ text: 'na mi' })).toEqual(['2']);
    expect(ids({ text: 'nelson' })).toEqual(['1']);
    expect(ids({ status: 'action_required' })).toEqual(['3']);
  });
  test('is counted by status', () => {
    expect(countsOf(jobs)).toMatchObject({ completed: 1, in_progress: 1, action_required: 1, failed: 0 });
  });
});

describe('what can be done with a batch', () => {
  const batch = {
    status: 'in_progress',
    paused_at: null,
    start_requested_at: START,
    cancel_requested_at: null,
  } as const;
  const possible = (...given: Parameters<typeof batchActions>) =>
    Object.entries(batchActions(...given)).flatMap(([action, why]) => (why === null ? [action] : []));
  test.each([
    [{ ...batch, status: 'pending', start_requested_at: null } as const, 0, ['start', 'cancel']],
    [batch, 0, ['pause', 'cancel']],
    [batch, 2, ['pause', 'retry', 'cancel']],
    [{ ...batch, paused_at: START }, 0, ['resume', 'cancel']],
    [{ ...batch, status: 'completed' } as const, 0, ['export']],
    [{ ...batch, cancel_requested_at: START }, 1, []],
  ])('%#', (state, failed, expected) => {
    expect(possible(state, failed)).toEqual(expected);
  });
});

test('the audit trail names the sub-step, and tells a kind that it does not know', () => {
  const event = { kind: 'sub_step.skipped', data: { sub_step: 'menuImport', with: null, count: 2 } };
  expect(eventWords(event)).toBe('Sub step skipped: Import the menu');
  expect(eventDetail(event)).toBe('count: 2');
  expect(eventWords({ kind: 'job.given_up', data: {} })).toBe('It was given up');
});

test.each([
  [{ answer: 'company', company_number: '1234567' }, 'The company was chosen', 'company number: 1234567'],
  [{ answer: 'no_match' }, 'It was said that no company matches', null],
  [{ answer: 'manual' }, 'The company was entered by hand', null],
  [{ answer: 'search_again' }, 'A new search of the register was asked for', null],
  [{ answer: 'configuration' }, 'The settings were confirmed', null],
  // Of a run from before it was noted.
  [{}, 'A question was answered', null],
])('the audit trail says what was answered: %j', (data, words, detail) => {
  expect(eventWords({ kind: 'decision.applied', data })).toBe(words);
  expect(eventDetail({ kind: 'decision.applied', data })).toBe(detail);
  expect(eventWords({ kind: 'decision.ignored', data })).toBe(`${words}, but too late`);
});

test('the settings are told in words, without what is empty', () => {
  const sections = settingSections(
    {
      restaurant: {
        name: 'Rata',
        opening_hours: [
          { day: 'Monday', hours: null },
          { day: 'Friday', hours: { open: '11:00', close: '01:00' } },
        ],
        phone: '',
      },
      menu: { uploadImages: false, selectedMenuId: 'menu-1' },
      unknown: { x: 1 },
    },
    new Map([['menu-1', 'Version 2, 40 dishes']]),
  );
  expect(sections).toEqual([
    {
      title: 'Restaurant',
      facts: [
        { label: 'Name', value: 'Rata' },
        { label: 'Opening hours', value: 'Monday closed\nFriday 11:00–01:00' },
      ],
    },
    {
      title: 'Menu',
      facts: [
        { label: 'Menu', value: 'Version 2, 40 dishes' },
        { label: 'Upload the images', value: 'No' },
      ],
    },
  ]);
});
