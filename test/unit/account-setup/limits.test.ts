import { LIMITS, scaledLimits } from '../../../activities/account-setup/clients/limits';
import { SUB_STEP_KEYS, SUB_STEPS } from '../../../domain/sub-steps';

describe('scaledLimits', () => {
  it('is the table itself in real time', () => {
    expect(scaledLimits(1)).toEqual(LIMITS);
  });

  it('never shortens our patience below what a busy machine needs', () => {
    const { rows } = scaledLimits(0.000_1);
    for (const key of SUB_STEP_KEYS) {
      expect(rows[key].clientTimeoutMs).toBe(2_000);
      expect(rows[key].absentAfterMs).toBe(1_000);
    }
  });
});

it.each(SUB_STEP_KEYS)('%s: our timeout and the wait for a late effect fit the activity', (key) => {
  const activityMs = SUB_STEPS[key].startToCloseSeconds * 1_000;
  expect(LIMITS.rows[key].clientTimeoutMs).toBeLessThan(activityMs);
  expect(LIMITS.rows[key].absentAfterMs).toBeLessThan(activityMs);
});
