import { LIMITS, scaledLimits } from '../../../activities/account-setup/clients/limits';
import { SUB_STEP_KEYS, SUB_STEPS } from '../../../domain/sub-steps';

describe('scaledLimits', () => {
  it('is the table itself in real time', () => {
    expect(scaledLimits(1)).toEqual(LIMITS);
  });

  it('never shortens our patience below what a busy machine needs', () => {
    const { rows } = scaledLimits(0.000_1);
    for (const key of SUB_STEP_KEYS) {
      expect(rows[key].clientTimeoutMs).toBeGreaterThanOrEqual(5_000);
      expect(rows[key].absentAfterMs).toBeGreaterThanOrEqual(2_000);
    }
  });
});

it.each(SUB_STEP_KEYS)('%s: at any speed we wait two seconds longer than the script may last', (key) => {
  const killMs = LIMITS.rows[key].absentAfterMs - 30_000;
  for (const speed of [20, 73, 200, 10_000]) {
    const { absentAfterMs } = scaledLimits(1 / speed).rows[key];
    expect(absentAfterMs).toBeGreaterThanOrEqual(killMs / speed + 1_999);
  }
});

it.each(SUB_STEP_KEYS)('%s: our timeout and the wait for a late effect fit the activity', (key) => {
  const activityMs = SUB_STEPS[key].startToCloseSeconds * 1_000;
  expect(LIMITS.rows[key].clientTimeoutMs).toBeLessThan(activityMs);
  expect(LIMITS.rows[key].absentAfterMs).toBeLessThan(activityMs);
});
