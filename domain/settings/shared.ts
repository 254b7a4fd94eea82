/** What worker and API both read. */
import { z } from 'zod';
import { parseKeyRing, SealingError } from '../sealing';
import { settingTypes as t } from './read';

/** Read once here for its form alone, so that what is wrong with it is told together with everything else. */
function keyRing(name: string) {
  return t.secret.superRefine((text, context) => {
    try {
      parseKeyRing(text, name);
    } catch (error) {
      if (!(error instanceof SealingError)) throw error;
      context.addIssue({ code: 'custom', message: error.message.replace(`${name}: `, '') });
    }
  });
}

export const sharedSettings = {
  SUPABASE_URL: t.url,
  SUPABASE_SERVICE_ROLE_KEY: t.secret,
  /** Seals passwords before they are stored; the same at the API and the workers. `id:base64 of 32 bytes`, separated by commas. */
  SEAL_KEYS: keyRing('SEAL_KEYS'),
  /** Encrypts what the engine stores; the same at the API and the workers, in the form of SEAL_KEYS. */
  PAYLOAD_KEYS: keyRing('PAYLOAD_KEYS'),
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
  /** For `/metrics` of API and worker; without one they are answered on loopback alone. */
  METRICS_TOKEN: t.longSecret.optional(),
  /** Where traces are sent (OTLP over HTTP, the address without `/v1/traces`); without it there are none. */
  OTEL_EXPORTER_OTLP_ENDPOINT: t.url.optional(),
  /** `name=value,…`, sent with each batch of traces; may hold a key. */
  OTEL_EXPORTER_OTLP_HEADERS: t.secret.optional(),
  /** The share of requests that are traced, 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
};
