import path from 'node:path';
import { StackError } from './errors';
import type { StackPorts } from './ports';
import type { StackSecrets } from './secrets';
import { DEMO_ROLES, DEMO_USERS } from './seed';
import { NAMESPACE } from './temporal';

/** The vendors' limits at real time: one account a minute, one register call a second with a burst of five. */
const REAL = { accountMinIntervalMs: 60_000, nzbnRatePerSecond: 1, nzbnBurst: 5 } as const;
const HIGHEST_RATE = 1_000;

export interface EnvironmentInput {
  dir: string;
  ports: StackPorts;
  secrets: StackSecrets;
  keys: { anon: string; serviceRole: string };
  databaseUrl: string;
  /** How many times faster than real time; above 0. */
  speed: number;
}

export type StackEnvironment = Record<string, string>;

/**
 * The settings that the worker, the API and the simulator read: the product's own, pointed at this stack.
 * `speed` shortens the simulator's durations and lifts the limits alike.
 */
export function stackEnvironment(input: EnvironmentInput): StackEnvironment {
  const { ports, secrets, keys, speed } = input;
  if (!(speed > 0) || !Number.isFinite(speed))
    throw new StackError(`The speed ${speed} is not a number above 0`);
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const simulator = at(ports.simulator);
  const scale = String(1 / speed);
  const rate = (real: number): string => String(Math.min(HIGHEST_RATE, real * speed));
  return {
    SUPABASE_URL: at(ports.supabase),
    SUPABASE_ANON_KEY: keys.anon,
    SUPABASE_SERVICE_ROLE_KEY: keys.serviceRole,
    SUPABASE_JWT_SECRET: secrets.jwtSecret,
    DATABASE_URL: input.databaseUrl,
    TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
    TEMPORAL_NAMESPACE: NAMESPACE,
    TEMPORAL_UI_URL: at(ports.temporalUi),
    SIMULATOR: 'true',
    DEVELOPMENT_SIGN_IN: JSON.stringify(DEMO_ROLES.map((role) => ({ ...DEMO_USERS[role], role }))),
    NZBN_BASE_URL: `${simulator}/nzbn`,
    NZBN_API_KEY: secrets.nzbnApiKey,
    NZBN_RATE_PER_SECOND: rate(REAL.nzbnRatePerSecond),
    NZBN_BURST: String(Math.ceil(Number(rate(REAL.nzbnBurst)))),
    CLOUDWAITRESS_BASE_URL: `${simulator}/cloudwaitress`,
    CLOUDWAITRESS_INTEGRATOR_ID: secrets.integratorId,
    CLOUDWAITRESS_INTEGRATOR_SECRET: secrets.integratorSecret,
    BACKEND_BASE_URL: `${simulator}/backend`,
    BACKEND_SERVICE_KEY: secrets.backendServiceKey,
    PLATFORM_READ_BASE_URL: `${simulator}/platform-read`,
    ACCOUNT_MIN_INTERVAL_MS: String(Math.max(1, Math.round(REAL.accountMinIntervalMs / speed))),
    TIME_SCALE: scale,
    SEAL_KEYS: secrets.sealKeys,
    PAYLOAD_KEYS: secrets.payloadKeys,
    CODEC_TOKEN: secrets.codecToken,
    // However a person writes the address of the Web UI.
    CODEC_DEV_ORIGINS: ['127.0.0.1', 'localhost']
      .map((host) => `http://${host}:${ports.temporalUi}`)
      .join(','),
    OWNER_KEY_SECRET: secrets.ownerKeySecret,
    WEBHOOK_SECRET: secrets.webhookSecret,
    SHUTDOWN_GRACE_MS: '5000',
    API_PORT: String(ports.api),
    WORKER_HTTP_PORT: String(ports.worker),
    SIM_PORT: String(ports.simulator),
    SIM_TIME_SCALE: scale,
    SIM_SEED: '1',
    SIM_STATE_FILE: path.join(input.dir, 'simulator.json'),
    WEBHOOK_URL: `${at(ports.api)}/api/webhooks/extractions`,
  };
}
