import fc from 'fast-check';
import { jobActions, type JobFacts } from '../../../domain/actions';
import { repairRefusal, REPAIRS } from '../../../domain/repair';
import { JOB_STATUSES, STEP_STATUSES, SUB_STEP_STATUSES, type StepStatus } from '../../../domain/statuses';
import { SUB_STEP_KEYS, type SubStepKey } from '../../../domain/sub-steps';
import { configurationSnapshot } from '../../helpers/configuration';

const stepsUpTo = (number: number, status: StepStatus): JobFacts['steps'] =>
  [1, 2, 3, 4, 5, 6].map((step_number) => ({
    step_number,
    status: step_number < number ? 'completed' : step_number === number ? status : 'pending',
  }));

/** In step 6, all sub-steps completed but for those that are given. */
function inStep6(change: Partial<Record<SubStepKey, Partial<JobFacts['sub_steps'][number]>>> = {}): JobFacts {
  return {
    status: 'action_required',
    steps: stepsUpTo(6, 'failed'),
    sub_steps: SUB_STEP_KEYS.map((key) => ({
      key,
      status: 'completed',
      attempt: 1,
      error_type: null,
      ...change[key],
    })),
    configuration: configurationSnapshot(),
  };
}

const possibleOf = (job: JobFacts, key: SubStepKey): string[] =>
  REPAIRS.filter((repair) => jobActions(job).sub_steps?.[key][repair].possible);

describe('sub-steps', () => {
  test.each([
    [{ status: 'failed', error_type: 'InvalidInput' }, ['retry', 'skip', 'complete', 'reset']],
    [{ status: 'blocked', attempt: 0 }, ['skip', 'complete']],
    [{ status: 'in_progress' }, []],
    [{ status: 'retrying' }, []],
    [{ status: 'completed' }, ['reset']],
  ] as const)('%j can be: %j', (state, expected) => {
    expect(possibleOf(inStep6({ servicesConfig: state }), 'servicesConfig')).toEqual(expected);
  });

  test('each that cannot says why, and a reset that would do harm says what it needs', () => {
    const { sub_steps } = jobActions(inStep6());
    for (const key of SUB_STEP_KEYS) {
      for (const repair of REPAIRS) {
        const state = sub_steps?.[key][repair];
        expect(state?.possible || state?.sentence).toBeTruthy();
      }
    }
    expect(sub_steps?.menuImport.reset).toMatchObject({ possible: true, code: 'EFFECT_EXISTS' });
    expect(sub_steps?.servicesConfig.reset).toMatchObject({ possible: true, code: null });
  });

  test('what runs among the dependents holds a reset back', () => {
    const job = inStep6({ optionSets: { status: 'in_progress' } });
    expect(possibleOf(job, 'menuImport')).not.toContain('reset');
    expect(possibleOf(job, 'uploadImages')).toContain('reset');
  });

  test('what is switched off stays so', () => {
    const job = inStep6({ itemTags: { status: 'skipped', attempt: 0 } });
    const configuration = configurationSnapshot({ steps_enabled: { itemTags: false } });
    expect(possibleOf({ ...job, configuration }, 'itemTags')).not.toContain('reset');
  });

  test('a closed job has none, one before step 6 tells of none', () => {
    const closed = jobActions({ ...inStep6(), status: 'completed' });
    for (const key of SUB_STEP_KEYS) {
      expect(Object.values(closed.sub_steps?.[key] ?? {})).toEqual(
        REPAIRS.map(() => ({ possible: false, code: 'INVALID_STATUS', sentence: 'The job is completed.' })),
      );
    }
    expect(jobActions({ ...inStep6(), steps: stepsUpTo(5, 'action_required') }).sub_steps).toBeNull();
  });
});

test.each([
  ['action_required', 2, 'failed', null, ['retry', 'give_up', 'cancel']],
  ['action_required', 3, 'action_required', null, ['give_up', 'cancel']],
  ['in_progress', 6, 'in_progress', configurationSnapshot(), ['cancel']],
  ['in_progress', 6, 'pending', configurationSnapshot(), ['cancel', 'edit_configuration']],
  [
    'action_required',
    6,
    'failed',
    configurationSnapshot(),
    ['retry', 'give_up', 'cancel', 'edit_configuration'],
  ],
  ['failed', 6, 'failed', configurationSnapshot(), []],
] as const)('a job that is %s at step %s (%s)', (status, step, stepStatus, configuration, expected) => {
  const { job } = jobActions({ ...inStep6(), status, steps: stepsUpTo(step, stepStatus), configuration });
  expect(
    Object.entries(job)
      .filter(([, { possible }]) => possible)
      .map(([name]) => name),
  ).toEqual(expected);
});

const NOT_BEGUN = { status: 'pending', attempt: 0, error_type: null } as const;

test('whatever the statuses, nothing is offered that the rules of the workflow refuse', () => {
  const row = fc.record({
    status: fc.constantFrom(...SUB_STEP_STATUSES),
    attempt: fc.nat(3),
    error_type: fc.constantFrom(null, 'InvalidInput', 'OutcomeUnclear'),
  });
  const rows = fc.tuple(...SUB_STEP_KEYS.map(() => row));
  fc.assert(
    fc.property(
      rows,
      fc.constantFrom(...JOB_STATUSES),
      fc.constantFrom(...STEP_STATUSES),
      (all, status, step) => {
        const sub_steps = SUB_STEP_KEYS.map((key, index) => ({ key, ...(all[index] ?? NOT_BEGUN) }));
        const job = { ...inStep6(), status, steps: stepsUpTo(6, step), sub_steps } as JobFacts;
        const offered = jobActions(job).sub_steps;
        if (!offered) return;
        const facts = Object.fromEntries(
          sub_steps.map((one) => [
            one.key,
            {
              status: one.status,
              attempt: one.attempt,
              errorType: one.error_type,
              running: ['in_progress', 'retrying'].includes(one.status),
              switchedOff: false,
            },
          ]),
        ) as Parameters<typeof repairRefusal>[2];
        for (const key of SUB_STEP_KEYS) {
          for (const repair of REPAIRS) {
            if (!offered[key][repair].possible) continue;
            const allowed = repairRefusal(repair, key, facts, { cascade: true, effectRemoved: true });
            expect(allowed).toBeNull();
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});
