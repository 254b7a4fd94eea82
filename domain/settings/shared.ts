/** What worker and API both read. */
import { z } from 'zod';
import { settingTypes as t } from './read';

export const sharedSettings = {
  SUPABASE_URL: t.url,
  SUPABASE_SERVICE_ROLE_KEY: t.secret,
  /** Seals passwords before they are stored; the same at the API and the workers. */
  SEAL_KEYS: t.secret,
  /** Encrypts what the engine stores; the same at the API and the workers. */
  PAYLOAD_KEYS: t.secret,
  /** The outside systems are the simulator's. */
  SIMULATOR: t.flag.default(false),
  NODE_ENV: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** How long a process waits at its start for what it needs before it gives up, milliseconds. */
  STARTUP_TIMEOUT_MS: t.milliseconds.default(5 * 60_000),
  /** What runs may go on for so long after SIGTERM; then it is told to stop. Milliseconds. */
  SHUTDOWN_GRACE_MS: t.milliseconds.default(30_000),
  /** And for so long after that; then the process ends whatever runs. Milliseconds. */
  SHUTDOWN_FORCE_MS: t.milliseconds.default(10_000),
  /** Where traces are sent (OTLP over HTTP, the address without `/v1/traces`); without it there are none. */
  OTEL_EXPORTER_OTLP_ENDPOINT: t.url.optional(),
  /** `name=value,…`, sent with each batch of traces; may hold a key. */
  OTEL_EXPORTER_OTLP_HEADERS: t.secret.optional(),
  /** The share of requests that are traced, 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
};
