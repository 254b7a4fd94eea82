import {
  jobView,
  logLine,
  mostInteresting,
  progressLines,
  subStepCount,
  summaryLine,
} from '../../../dev/demo/progress';
import { Screen, type Output } from '../../../dev/demo/screen';
import { displayWidth, fit, painter } from '../../../dev/demo/text';
import { completedJob, jobOf } from './fixtures';

const plain = painter(false);
const decomposed = 'Ko\u0304whai';

describe('width', () => {
  it.each([
    ['Kōwhai', 6],
    [decomposed, 6],
    ['Phở 東京', 8],
    ['\u001B[31mred\u001B[0m', 3],
  ])('counts cells of %j', (text, width) => expect(displayWidth(text)).toBe(width));

  it('never tears a letter from its macron', () => {
    expect(fit(decomposed, 3)).toBe('Ko\u0304…');
    expect(displayWidth(fit('東京 Sushi', 6))).toBeLessThanOrEqual(6);
  });
});

describe('a restaurant at step 6', () => {
  const view = jobView(
    jobOf({
      step: 6,
      subSteps: {
        codeGeneration: { status: 'completed' },
        uploadImages: { status: 'skipped' },
        createOnboardingUser: { status: 'retrying', attempt: 2 },
        cloudwaitressAccount: { status: 'pending', reason: 'Waits for its turn at the account vendor.' },
        paymentConfig: { status: 'failed', error: 'The service is away' },
      },
    }),
    'Kōwhai Grill',
  );

  it('counts what is done or not to be done', () => expect(subStepCount(view)).toBe('2/12'));

  it('says what runs, what waits and what failed', () => {
    expect(view.doing).toContain('Create the onboarding user (attempt 2)');
    expect(view.doing).toContain('Waits for its turn');
    expect(view.doing).toContain('The service is away');
  });
});

describe('what waits', () => {
  it('names the person it waits for', () => {
    const job = jobOf({
      status: 'action_required',
      step: 3,
      stepStatus: 'action_required',
      waiting: 'Choose the company.',
    });
    expect(jobView(job, 'Tui').doing).toMatch(/person.*Choose the company/);
    expect(subStepCount(jobView(job, 'Tui'))).toBe('-');
  });

  it('tells an extraction that is late from one that is done', () => {
    expect(jobView(jobOf({ step: 1 }), 'Tui').doing).toMatch(/extraction/);
    expect(jobView(jobOf({ step: 2 }), 'Tui').doing).not.toMatch(/extraction/);
  });
});

describe('lines', () => {
  const views = [
    jobView(completedJob({ number: 1 }), 'Ngā Rātā Pizzeria'),
    jobView(jobOf({ number: 2, step: 6, subSteps: { menuImport: { status: 'in_progress' } } }), decomposed),
    jobView(
      jobOf({
        number: 3,
        step: 3,
        status: 'action_required',
        stepStatus: 'action_required',
        waiting: 'x'.repeat(200),
      }),
      'A'.repeat(60),
    ),
  ];

  it.each([40, 60, 100, 200])('are no wider than %i cells', (width) => {
    const lines = progressLines(views, width, plain);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
  });

  it('stand under one another whatever the macrons', () => {
    const starts = progressLines(views, 200, plain).map((line) =>
      displayWidth(line.slice(0, line.search(/\d\/6 /))),
    );
    expect(new Set(starts).size).toBe(1);
  });

  it('sum up', () => expect(summaryLine(views)).toBe('3 restaurants: 1 completed, 1 in progress, 1 waiting'));

  it('show what needs a look where there are fewer rows than restaurants', () => {
    expect(mostInteresting(views, 2).map(({ status }) => status)).toEqual(['in_progress', 'action_required']);
    expect(mostInteresting(views, 9)).toHaveLength(3);
  });
});

describe('the screen', () => {
  const view = jobView(jobOf({ step: 2 }), 'Tūī');
  const next = jobView(jobOf({ step: 4 }), 'Tūī');

  function shown(output: Partial<Output>, env: NodeJS.ProcessEnv = {}): string {
    let written = '';
    const screen = new Screen({ ...output, write: (text) => (written += text) }, env, () => 1);
    screen.show([view]);
    screen.show([view]);
    screen.show([next]);
    return written;
  }

  it('logs each change once where it is no terminal, without any escape', () => {
    const written = shown({});
    expect(written).not.toContain('\u001B');
    expect(written.trimEnd().split('\n')).toEqual([
      expect.stringContaining(logLine(view)),
      expect.stringContaining(logLine(next)),
    ]);
  });

  it('redraws in place on a terminal, in colour unless NO_COLOR', () => {
    const terminal = { isTTY: true, columns: 80, rows: 24 };
    expect(shown(terminal)).toContain('\u001B[2A');
    expect(shown(terminal)).toContain('\u001B[36m');
    const uncoloured = shown(terminal, { NO_COLOR: '1' });
    expect(uncoloured).toContain('\u001B[2A');
    expect(uncoloured).not.toMatch(/\u001B\[\d+m/);
  });
});
