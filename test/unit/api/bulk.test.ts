import pino from 'pino';
import { assertSomeDone, forEachJob } from '../../../api/bulk';
import { ApiError } from '../../../api/errors';
import { followRecord } from '../../../api/follow';
import { canonicalJson, withFingerprints } from '../../../api/idempotency';
import { takePasswords } from '../../../api/passwords';

const log = pino({ level: 'silent' });
const jobs = (count: number): { jobId: string }[] =>
  Array.from({ length: count }, (_, index) => ({ jobId: `job-${index}` }));
const down = (): ApiError => new ApiError('TEMPORAL_UNAVAILABLE', 'No worker.');

describe('many jobs at once', () => {
  test("one job's trouble, even one of ours, is its own", async () => {
    const outcome = await forEachJob(log, jobs(3), async ({ jobId }) => {
      if (jobId === 'job-0') throw new Error('a fault');
      if (jobId === 'job-1') throw new ApiError('INVALID_STATUS', 'It is running.');
      return jobId;
    });
    expect(outcome).toMatchObject({
      done: ['job-2'],
      refused: [
        { job_id: 'job-0', code: 'INTERNAL_ERROR' },
        { job_id: 'job-1', code: 'INVALID_STATUS', message: 'It is running.' },
      ],
    });
    expect(() => assertSomeDone(outcome)).not.toThrow();
  });

  test('when nobody answers the rest are not asked', async () => {
    let asked = 0;
    const outcome = await forEachJob(log, jobs(200), async () => {
      asked += 1;
      throw down();
    });
    expect(asked).toBeLessThan(20);
    expect(outcome.refused).toHaveLength(200);
    expect(() => assertSomeDone(outcome)).toThrow(expect.objectContaining({ status: 503, retryable: true }));
  });

  test('while somebody answers now and then, everybody is asked', async () => {
    let asked = 0;
    const outcome = await forEachJob(log, jobs(50), async ({ jobId }) => {
      asked += 1;
      if (asked % 2 === 1) throw down();
      return jobId;
    });
    expect([asked, outcome.done.length]).toEqual([50, 25]);
  });

  test('none done: what may be sent again is told before what was refused', () => {
    const refused = [
      { job_id: 'a', code: 'INVALID_STATUS' as const, message: 'x' },
      { job_id: 'b', code: 'TEMPORAL_UNAVAILABLE' as const, message: 'y' },
    ];
    expect(() => assertSomeDone({ done: [], refused })).toThrow(
      expect.objectContaining({ code: 'TEMPORAL_UNAVAILABLE', details: { refused } }),
    );
    expect(() => assertSomeDone({ done: [], refused: [] })).not.toThrow();
  });
});

describe('following the record', () => {
  const clock = (): { now: () => number; sleep: (ms: number) => Promise<void> } => {
    let now = 0;
    return { now: () => now, sleep: async (ms) => void (now += ms) };
  };

  test('until it is so', async () => {
    let reads = 0;
    const row = await followRecord(
      async () => (reads += 1),
      (count) => count === 3,
      { waitMs: 1_000, clock: clock() },
    );
    expect(row).toBe(3);
  });

  test('no longer than it may, and not when it cannot be read', async () => {
    const options = { waitMs: 1_000, clock: clock() };
    expect(
      await followRecord(
        async () => 1,
        () => false,
        options,
      ),
    ).toBeNull();
    const unreadable = async (): Promise<never> => {
      throw new ApiError('DATABASE_UNAVAILABLE', 'down');
    };
    expect(await followRecord(unreadable, () => true, options)).toBeNull();
    const broken = async (): Promise<never> => {
      throw new Error('a fault');
    };
    await expect(followRecord(broken, () => true, options)).rejects.toThrow('a fault');
  });
});

test('a body with passwords is hashed the same each time, another password otherwise, and none can be seen', () => {
  const hashed = (password: string): string => {
    const { body, passwords } = takePasswords({ changes: [{ account: { password, email: 'a@b.example' } }] });
    return canonicalJson(withFingerprints(body, passwords, 'a secret of ours'));
  };
  expect(hashed('Example-Pass-0001')).toBe(hashed('Example-Pass-0001'));
  expect(hashed('Example-Pass-0001')).not.toBe(hashed('Example-Pass-0002'));
  expect(hashed('Example-Pass-0001')).toContain('a@b.example');
  expect(hashed('Example-Pass-0001')).not.toContain('Example-Pass-0001');
});
