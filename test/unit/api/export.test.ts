import { parse } from 'csv-parse/sync';
import { exportFile, exportFileName, whatFailed } from '../../../api/batch-export';
import type { ExportedJob } from '../../../api/record/export';
import { SUB_STEP_KEYS } from '../../../domain/sub-steps';

const job = (more: Partial<ExportedJob> = {}): ExportedJob => ({
  position: 1,
  status: 'completed',
  pumpd_user_id: null,
  pumpd_restaurant_id: null,
  error_message: null,
  started_at: '2026-03-02T01:00:00+00:00',
  completed_at: '2026-03-02T01:31:30+00:00',
  cancelled_at: null,
  pumpd_subdomain: null,
  restaurant: {
    name: 'Kōwhai Grill',
    city: 'Ōtaki',
    company_name: null,
    company_number: '0099001',
    nzbn: '9429099900007',
    subdomain: 'kowhai-grill',
  },
  steps: [],
  sub_steps: SUB_STEP_KEYS.map((key) => ({ key, status: 'completed', error: null, reason: null })),
  ...more,
});

const read = (file: string) => parse(file, { bom: true, columns: true }) as Record<string, string>[];

test('a row says what became of the restaurant', () => {
  const [row] = read(exportFile([job({ pumpd_subdomain: 'kowhai-grill-2', pumpd_restaurant_id: 'RES1' })]));
  expect(row).toMatchObject({
    Restaurant: 'Kōwhai Grill',
    'Company number': '0099001',
    Subdomain: 'kowhai-grill-2',
    'Pumpd restaurant id': 'RES1',
    'Started (UTC)': '2026-03-02 01:00',
    'Ended (UTC)': '2026-03-02 01:31',
    Minutes: '31.5',
    'What failed': '',
    'Import the menu': 'completed',
  });
  expect(Object.keys(row ?? {})).toHaveLength(14 + SUB_STEP_KEYS.length);
});

test.each(['=HYPERLINK("http://evil.example")', '+6495550100', '-1', '@x', '\tx', '\r=1', '\n=1', '＝1+1'])(
  'a name like %j is text to a spreadsheet, and whole to a reader',
  (name) => {
    const restaurant = { ...job().restaurant, name };
    const cell = read(exportFile([job({ restaurant })]))[0]?.['Restaurant'];
    expect(cell).toMatch(/^'/);
    expect(cell?.replaceAll("'", '')).toBe(name);
  },
);

test('quotes, commas and line breaks stay in their cell', () => {
  const name = 'The "Best", they say\r\nin town';
  const rows = read(exportFile([job({ restaurant: { ...job().restaurant, name } }), job({ position: 2 })]));
  expect(rows.map((row) => row['Restaurant'])).toEqual([name, 'Kōwhai Grill']);
});

test('the file begins with a byte order mark', () => {
  expect(Buffer.from(exportFile([])).subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
});

test('what failed is told in sentences, each once', () => {
  const failed = job({
    status: 'failed',
    error_message: 'Given up.',
    steps: [
      { step_number: 6, step_name: 'Pumpd Account Setup', status: 'failed', error_message: 'Given up.' },
    ],
    sub_steps: [
      { key: 'menuImport', status: 'failed', error: 'Only a part was done.', reason: null },
      { key: 'optionSets', status: 'blocked', error: null, reason: 'needs menuImport' },
    ],
  });
  expect(whatFailed(failed)).toBe('Given up. | Import the menu: Only a part was done.');
});

test('a cancelled job ended when it was cancelled; one that never began has no times', () => {
  const [cancelled, unstarted] = read(
    exportFile([
      job({ status: 'cancelled', completed_at: null, cancelled_at: '2026-03-02T01:06:00+00:00' }),
      job({ status: 'cancelled', started_at: null, completed_at: null }),
    ]),
  );
  expect(cancelled).toMatchObject({ Status: 'cancelled', 'Ended (UTC)': '2026-03-02 01:06', Minutes: '6.0' });
  expect(unstarted).toMatchObject({ 'Started (UTC)': '', 'Ended (UTC)': '', Minutes: '' });
});

test.each([
  ['Ōtautahi: "spring" intake/../1', 'registrations-otautahi-spring-intake-1.csv'],
  ['春\r\nX-Evil: 1', 'registrations-x-evil-1.csv'],
  ['春', 'registrations-00000000-0000-4000-8000-00000000000a.csv'],
])('the file of batch %j is called %s', (name, file) => {
  expect(exportFileName({ id: '00000000-0000-4000-8000-00000000000a', name })).toBe(file);
});
