/** What the worker is told by its environment. `external-systems` adapters have no default addresses and no default secrets. */
import { z } from 'zod';
import { isLoopback, readSettings, readTogether, settingTypes as t, type Environment } from './read';
import { sharedSettings } from './shared';
import { readTemporalTarget, type TemporalTarget } from './temporal';

const workerVariables = z.object({
  ...sharedSettings,

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
  /** Health, readiness and metrics are answered here; 0 = nowhere. */
  WORKER_HTTP_PORT: t.port.default(0),
  WORKER_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  /** `auto_upgrade`: Temporal sends runs to the current version of the deployment; runs in flight move with it. */
  WORKER_VERSIONING: z.enum(['off', 'auto_upgrade']).default('off'),
  WORKER_DEPLOYMENT_NAME: z.string().min(1).default('registration-orchestrator'),
  /** The commit that this was built from; what the build wrote down unless it is given. */
  WORKER_BUILD_ID: z.string().min(1).optional(),
  /** Runs whose state is kept in memory; 0 = every task replays its run. By default the SDK decides by the memory there is. */
  WORKER_MAX_CACHED_WORKFLOWS: z.coerce.number().int().min(0).optional(),
  /** Scales the limits and waits at the outside systems; only with the simulator. */
  TIME_SCALE: t.positive.default(1),
});

type Variables = z.infer<typeof workerVariables>;

/** What one variable asks of another. */
interface Rule {
  name: keyof Variables & string;
  message: string;
  holds(env: Variables): boolean;
}

const needed = (
  name: Rule['name'],
  by: 'ACCOUNT_PROVIDER' | 'CLOUDWAITRESS_CONFIRMATION_MODE',
  value: string,
): Rule => ({
  name,
  message: `needed by ${by}=${value}`,
  holds: (env) => env[by] !== value || env[name] !== undefined,
});

const simulated = (
  name: 'NZBN_BASE_URL' | 'CLOUDWAITRESS_BASE_URL' | 'BACKEND_BASE_URL' | 'PLATFORM_READ_BASE_URL',
): Rule => ({
  name,
  message: 'SIMULATOR=true accepts addresses of this machine alone',
  holds: ({ SIMULATOR, [name]: url }) => !SIMULATOR || url === undefined || isLoopback(url),
});

const RULES: readonly Rule[] = [
  needed('CLOUDWAITRESS_BASE_URL', 'ACCOUNT_PROVIDER', 'cloudwaitress'),
  needed('CLOUDWAITRESS_INTEGRATOR_ID', 'ACCOUNT_PROVIDER', 'cloudwaitress'),
  needed('CLOUDWAITRESS_INTEGRATOR_SECRET', 'ACCOUNT_PROVIDER', 'cloudwaitress'),
  needed('CLOUDWAITRESS_CONFIRMATION_CODE', 'CLOUDWAITRESS_CONFIRMATION_MODE', 'code'),
  simulated('NZBN_BASE_URL'),
  simulated('CLOUDWAITRESS_BASE_URL'),
  simulated('BACKEND_BASE_URL'),
  simulated('PLATFORM_READ_BASE_URL'),
  {
    name: 'TIME_SCALE',
    message: 'is for the simulator alone (SIMULATOR=true)',
    holds: ({ TIME_SCALE, SIMULATOR }) => TIME_SCALE === 1 || SIMULATOR,
  },
];

export const workerSettingsSchema = RULES.reduce(
  // Told together with everything else that is missing.
  (schema, { name, message, holds }) => schema.refine(holds, { path: [name], message, when: () => true }),
  workerVariables,
);

export type WorkerSettings = z.infer<typeof workerSettingsSchema> & { temporal: TemporalTarget };

/** @throws SettingsError with everything that is missing or wrong */
export function readWorkerSettings(env: Environment): WorkerSettings {
  const { settings, temporal } = readTogether({
    settings: () => readSettings(workerSettingsSchema, env),
    temporal: () => readTemporalTarget(env),
  });
  return { ...settings, temporal };
}
