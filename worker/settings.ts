/** What the worker is told by its environment. `external-systems` adapters have no default addresses and no default secrets. */
import { z } from 'zod';
import { isLoopback, readSettings, settingTypes as t } from '../domain/settings';

const schema = z
  .object({
    SUPABASE_URL: t.url,
    SUPABASE_SERVICE_ROLE_KEY: t.secret,
    TEMPORAL_ADDRESS: z.string().min(1),
    TEMPORAL_NAMESPACE: z.string().min(1).default('default'),

    NZBN_BASE_URL: t.url,
    NZBN_API_KEY: t.secret,
    /** Register calls a second, over all workers. */
    NZBN_RATE_PER_SECOND: t.positive.default(1),
    NZBN_BURST: t.count.default(5),
    NZBN_CONCURRENCY: t.count.default(3),
    NZBN_TIMEOUT_MS: t.milliseconds.default(10_000),

    ACCOUNT_PROVIDER: z.enum(['cloudwaitress', 'backend']).default('cloudwaitress'),
    CLOUDWAITRESS_BASE_URL: t.url.optional(),
    CLOUDWAITRESS_INTEGRATOR_ID: t.secret.optional(),
    CLOUDWAITRESS_INTEGRATOR_SECRET: t.secret.optional(),
    CLOUDWAITRESS_CONFIRMATION_MODE: z.enum(['signature', 'code']).default('signature'),
    CLOUDWAITRESS_CONFIRMATION_CODE: t.secret.optional(),
    /** `accept`: an account that exists counts as made, without asking whose it is. */
    EXISTING_ACCOUNT_POLICY: z.enum(['ask', 'accept']).default('ask'),
    /** Least time between two account creations; 0 switches the gate off. */
    ACCOUNT_MIN_INTERVAL_MS: t.milliseconds.default(60_000),

    BACKEND_BASE_URL: t.url,
    BACKEND_SERVICE_KEY: t.secret,
    PLATFORM_READ_BASE_URL: t.url.optional(),

    SEAL_KEYS: t.secret,
    /** Encrypts what the engine stores; the same at the API. */
    PAYLOAD_KEYS: t.secret,

    STEP1_TIMEOUT_MS: t.milliseconds.default(10 * 60_000),
    STEP1_POLL_FIRST_MS: t.milliseconds.default(5_000),
    STEP1_POLL_LONGEST_MS: t.milliseconds.default(60_000),
    HUMAN_TIMEOUT_MS: t.milliseconds.default(90 * 24 * 60 * 60_000),
    /** Browser-driven sub-steps at a time in this worker. */
    MAX_PORTAL_SESSIONS: t.count.default(4),
    /** Browser-driven sub-steps at a time in one owner's account, over all workers. */
    MAX_BROWSER_PER_ACCOUNT: t.count.default(4),
    /** How often the record is compared with the engine; 0 = not at all. */
    RECONCILE_INTERVAL_MS: t.milliseconds
      .default(60_000)
      .refine((ms) => ms === 0 || ms >= 1_000, { message: 'at least 1000, or 0 for none' }),
    /** Rows that were written within this time are left to their workflows. */
    RECONCILE_UNTOUCHED_MS: t.milliseconds.default(5 * 60_000),
    SHUTDOWN_GRACE_MS: t.milliseconds.default(30_000),
    /** Scales the limits and waits at the outside systems; only with the simulator. */
    TIME_SCALE: t.positive.default(1),
    SIMULATOR: t.flag.default(false),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  })
  .superRefine((env, context) => {
    const require = (name: keyof typeof env & string, why: string): void => {
      if (env[name] === undefined) context.addIssue({ code: 'custom', path: [name], message: why });
    };
    if (env.ACCOUNT_PROVIDER === 'cloudwaitress') {
      require('CLOUDWAITRESS_BASE_URL', 'needed by ACCOUNT_PROVIDER=cloudwaitress');
      require('CLOUDWAITRESS_INTEGRATOR_ID', 'needed by ACCOUNT_PROVIDER=cloudwaitress');
      require('CLOUDWAITRESS_INTEGRATOR_SECRET', 'needed by ACCOUNT_PROVIDER=cloudwaitress');
    }
    if (env.CLOUDWAITRESS_CONFIRMATION_MODE === 'code') {
      require('CLOUDWAITRESS_CONFIRMATION_CODE', 'needed by CLOUDWAITRESS_CONFIRMATION_MODE=code');
    }
    const addresses = [
      'NZBN_BASE_URL',
      'CLOUDWAITRESS_BASE_URL',
      'BACKEND_BASE_URL',
      'PLATFORM_READ_BASE_URL',
    ] as const;
    for (const name of addresses) {
      const url = env[name];
      if (env.SIMULATOR && url !== undefined && !isLoopback(url)) {
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'SIMULATOR=true accepts addresses of this machine alone',
        });
      }
    }
    if (env.TIME_SCALE !== 1 && !env.SIMULATOR) {
      context.addIssue({
        code: 'custom',
        path: ['TIME_SCALE'],
        message: 'is for the simulator alone (SIMULATOR=true)',
      });
    }
  });

export type WorkerSettings = z.infer<typeof schema>;

/** @throws SettingsError with everything that is missing or wrong */
export function readWorkerSettings(env: Readonly<Record<string, string | undefined>>): WorkerSettings {
  return readSettings(schema, env);
}
