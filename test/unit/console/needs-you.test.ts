/** The inbox, choosing a company, and the settings' form: the rules behind the pages. */
import {
  choiceOf,
  NO_MATCH,
  refusedJobs,
  standsOut,
  strengthOf,
  verdictsOf,
} from '../../../api/console/src/features/company/choose';
import { checkManual } from '../../../api/console/src/features/company/manual';
import { searchedWords, tellSearchedWords } from '../../../api/console/src/features/company/search-words';
import {
  copyable,
  findingsByField,
  nested,
  stillOpen,
  withChange,
  withoutPasswords,
} from '../../../api/console/src/features/configuration/draft';
import { FIELDS } from '../../../api/console/src/features/configuration/fields';
import {
  addHours,
  changeHours,
  hoursOf,
  removeHours,
} from '../../../api/console/src/features/configuration/hours';
import {
  afterAnswer,
  batchesOf,
  groupsOf,
  neighbourOf,
} from '../../../api/console/src/pages/needs-you/inbox';
import type { Candidate, WaitingEntry } from '../../../api/console/src/api/types';
import { submittedConfigurationSchema } from '../../../domain/configuration';

const waiting = (
  id: string,
  step: number,
  minute: number,
  more: Partial<WaitingEntry> = {},
): WaitingEntry => ({
  job_id: id,
  batch_job_id: 'b1',
  batch_name: 'March',
  restaurant: { id: `r${id}`, name: `Restaurant ${id}`, city: 'Nelson' },
  step_number: step,
  step_name: '',
  reason: 'It waits.',
  since: `2026-03-01T00:${String(minute).padStart(2, '0')}:00.000Z`,
  batch_paused: false,
  ...more,
});

describe('the inbox', () => {
  const entries = [
    waiting('a', 5, 1),
    waiting('b', 3, 9),
    waiting('c', 3, 2, { batch_job_id: 'b2', batch_name: 'April' }),
    waiting('d', 6, 3, { reason: 'The menu could not be imported.' }),
  ];
  const ids = (filter: Partial<Parameters<typeof groupsOf>[1]>) =>
    groupsOf(entries, { text: '', batchId: null, ...filter }).map(({ id, entries: found }) => [
      id,
      ...found.map(({ job_id }) => job_id),
    ]);
  test('is grouped by what is asked, the longest waiting first', () => {
    expect(ids({})).toEqual([
      ['company', 'c', 'b'],
      ['configuration', 'a'],
      ['failure', 'd'],
    ]);
  });
  test('is narrowed by batch and by words, of the reason too', () => {
    expect(ids({ batchId: 'b2' })).toEqual([['company', 'c']]);
    expect(ids({ text: 'menu imported' })).toEqual([['failure', 'd']]);
    expect(batchesOf(entries).map(({ label }) => label)).toEqual(['April', 'March']);
  });
  test('leads to the next one and the one before, across groups, and stays at its ends', () => {
    const groups = groupsOf(entries, { text: '', batchId: null });
    expect(neighbourOf(groups, 'b', 1)).toBe('a');
    expect(neighbourOf(groups, 'b', -1)).toBe('c');
    expect(neighbourOf(groups, 'd', 1)).toBeNull();
    expect(neighbourOf(groups, 'c', -1)).toBeNull();
    expect(neighbourOf(groups, 'gone', 1)).toBe('c');
    expect(neighbourOf([], 'gone', 1)).toBeNull();
  });
  test('goes on after an answer with the next one, after the last with the one before, and nowhere when it is empty', () => {
    const groups = groupsOf(entries, { text: '', batchId: null });
    expect(afterAnswer(groups, 'b')).toBe('a');
    expect(afterAnswer(groups, 'd')).toBe('a');
    expect(afterAnswer(groups, 'gone')).toBe('c');
    expect(afterAnswer([], 'gone')).toBeNull();
  });
});

const candidate = (number: string | null, score: number, more: Partial<Candidate> = {}): Candidate => ({
  company_name: `Company ${number}`,
  company_number: number,
  nzbn: `94290000000${score}`,
  status: 'Registered',
  registered: true,
  incorporation_date: null,
  registered_address: null,
  match_sources: ['name'],
  score,
  ...more,
});

describe('a company', () => {
  test.each([
    ['a single strong one', [candidate('1', 95), candidate('2', 40)], '1'],
    ['two strong ones', [candidate('1', 95), candidate('2', 90)], null],
    ['none strong', [candidate('1', 70)], null],
    ['the strong one is struck off', [candidate('1', 95, { registered: false }), candidate('2', 50)], null],
    ['the rival is struck off', [candidate('1', 90), candidate('2', 90, { registered: false })], '1'],
    ['nothing', [], null],
  ])('stands out: %s', (_name, list, expected) => {
    expect(standsOut(list)?.company_number ?? null).toBe(expected);
  });
  test('is sent by its number, else by its NZBN; “none of them” as such', () => {
    const list = [candidate('1', 90), candidate(null, 80, { nzbn: '9429000000077' })];
    expect(choiceOf('1', list)).toEqual({ company_number: '1' });
    expect(choiceOf('9429000000077', list)).toEqual({ nzbn: '9429000000077' });
    expect(choiceOf(NO_MATCH, list)).toEqual({ no_match: true });
    expect(choiceOf('7', list)).toBeNull();
  });
  test('matches well, possibly, or weakly', () => {
    expect([85, 60, 59].map((score) => strengthOf(score).tone)).toEqual(['ok', 'wait', 'idle']);
  });
  test('who was first is told', () => {
    const verdicts = verdictsOf({
      results: [
        { job_id: 'a', result: 'applied' },
        { job_id: 'b', result: 'ignored', reason: 'Somebody else chose first.' },
        { job_id: 'c', result: 'pending' },
      ],
      rejected: [
        { job_id: 'd', code: 'COMPANY_NOT_OFFERED', message: 'This company was not offered.' },
        { job_id: 'e', code: 'STEP_NOT_ACTION_REQUIRED', message: 'This job does not wait at step 3.' },
      ],
    });
    expect(verdicts.map(({ isTaken }) => isTaken)).toEqual([true, false, true, false, false]);
    expect(verdicts[1]?.sentence).toBe('Somebody else chose first.');
    expect(verdicts[3]?.sentence).toBe('This company was not offered.');
    expect(verdicts[4]?.sentence).toMatch('answered before your answer came');
    expect(refusedJobs({ details: { rejected: [{ job_id: 'd', message: 'x' }] } })).toHaveLength(1);
    expect(refusedJobs({ details: 'anything' })).toEqual([]);
  });
  test('entered by hand is checked by the rules of the product', () => {
    expect([...checkManual({})].map(([field]) => field)).toEqual(['contact_name']);
    expect(checkManual({ contact_name: 'Hana', nzbn: '123', contact_email: 'x' }).size).toBe(2);
    expect(checkManual({ contact_name: 'Hana', contact_phone: '+64 21 555 0100' }).size).toBe(0);
  });
});

describe('the settings', () => {
  const defaults = { account: { email: 'a@b.example' }, menu: { uploadImages: true }, steps_enabled: {} };
  test('every field of the form is one that the API takes', () => {
    for (const path of FIELDS.keys()) {
      const parsed = submittedConfigurationSchema.safeParse(nested({ [path]: Symbol('wrong') }));
      const codes = parsed.error?.issues.map(({ code }) => code) ?? [];
      expect([path, codes.includes('unrecognized_keys')]).toEqual([path, false]);
    }
  });
  test('what is the default again is no change; a switch that is not there is on', () => {
    let draft = withChange({}, defaults, 'account.email', 'c@d.example');
    expect(nested(draft)).toEqual({ account: { email: 'c@d.example' } });
    draft = withChange(draft, defaults, 'account.email', 'a@b.example');
    expect(draft).toEqual({});
    expect(withChange({}, defaults, 'steps_enabled.itemTags', true)).toEqual({});
    expect(withChange({}, defaults, 'steps_enabled.itemTags', false)).toEqual({
      'steps_enabled.itemTags': false,
    });
    expect(withChange({}, defaults, 'restaurant.subdomain', '')).toEqual({});
  });
  test('a list is sent without the comma at its end', () => {
    expect(nested({ 'website.cuisines': ['Thai', ''] })).toEqual({ website: { cuisines: ['Thai'] } });
  });
  test("passwords are not kept, and a restaurant's own is not copied", () => {
    const draft = {
      'account.password': 'x',
      'onboarding.userPassword': 'y',
      'account.email': 'c@d.example',
      'restaurant.opening_hours': [],
      'menu.selectedMenuId': 'm',
      'website.theme': 'light',
    };
    expect(Object.keys(withoutPasswords(draft))).not.toContain('account.password');
    expect(Object.keys(withoutPasswords(draft))).not.toContain('onboarding.userPassword');
    expect(copyable(draft)).toEqual({ 'website.theme': 'light' });
  });
  test('a finding stands beside its field, until the field is changed', () => {
    const findings = [
      { path: 'restaurant.opening_hours.3.hours', message: 'Closes before it opens.' },
      { path: 'account.phone', message: 'Missing.' },
      { path: 'elsewhere', message: 'Odd.' },
    ];
    const byField = findingsByField(findings);
    expect([...byField.keys()]).toEqual(['restaurant.opening_hours', 'account.phone', '']);
    const open = stillOpen(findings, { 'account.phone': '021' }, {});
    expect(open.map(({ path }) => path)).toEqual(['restaurant.opening_hours.3.hours', 'elsewhere']);
  });
});

describe('opening hours', () => {
  const week = hoursOf([
    { day: 'Monday', hours: { open: '10:00', close: '20:00' } },
    { day: 'Tuesday', hours: null },
    { day: 'Someday', hours: null },
  ]);
  test('have each day, closed where none is given', () => {
    expect(week).toHaveLength(7);
    expect(week.filter(({ hours }) => hours)).toHaveLength(1);
    expect(hoursOf('nonsense')).toHaveLength(7);
  });
  test('a day opens with the times of the day before it; a second time comes beside the first', () => {
    const opened = addHours(week, 'Tuesday');
    expect(opened[1]).toEqual({ day: 'Tuesday', hours: { open: '10:00', close: '20:00' } });
    expect(addHours(opened, 'Tuesday').filter(({ day }) => day === 'Tuesday')).toHaveLength(2);
  });
  test('are changed and removed one by one; the last removed leaves the day closed', () => {
    expect(changeHours(week, 0, { close: '01:00' })[0]?.hours).toEqual({ open: '10:00', close: '01:00' });
    expect(removeHours(week, 0)[0]).toEqual({ day: 'Monday', hours: null });
  });
});

test('a search begins with the words of the last one, whatever else its row holds', () => {
  const search_queries = {
    city: 'Ōpōtiki',
    street: '12 Fern Street',
    postcode: null,
    restaurant_name: 'Kererū Kitchen',
    original: { street: '12 Fern Street, Ōpōtiki' },
  };
  expect(searchedWords({ search_queries })).toEqual({
    restaurant_name: 'Kererū Kitchen',
    street: '12 Fern Street',
    city: 'Ōpōtiki',
  });
  expect(tellSearchedWords({ search_queries })).toContain('“Kererū Kitchen”, “12 Fern Street”, “Ōpōtiki”');
  for (const other of [null, 'Kererū', ['Kererū'], { street: 12, city: '' }]) {
    expect(searchedWords({ search_queries: other })).toEqual({});
  }
  expect(searchedWords(null)).toEqual({});
});
