/** The app's real parts, put together from the settings. Nothing connects before it is used. */
import type { Logger } from 'pino';
import { createDataConverter, createPayloadCodec, parsePayloadKeys } from '../domain/payload-codec';
import { parseKeyRing } from '../domain/sealing';
import { createAuthenticator, createTokenVerifier, withServices } from './auth';
import type { AppDeps, Phase } from './deps';
import { createRecord } from './record';
import { connectRecord } from './record/client';
import type { ApiSettings } from '../domain/settings';
import { createWorkflows } from './temporal';
import { createBatchWatch } from './watch';
import { listeningSignals } from './watch/listen';
import { pollingSignals } from './watch/signals';

/** @param phase told by the process; an app without one is there from its first moment */
export async function composeDeps(
  settings: ApiSettings,
  log: Logger,
  phase: Phase = { started: true, draining: false },
): Promise<AppDeps> {
  const keyRing = parseKeyRing(settings.SEAL_KEYS);
  const payloadKeys = parsePayloadKeys(settings.PAYLOAD_KEYS);
  const database = connectRecord({
    url: settings.SUPABASE_URL,
    serviceRoleKey: settings.SUPABASE_SERVICE_ROLE_KEY,
    timeoutMs: settings.CALL_TIMEOUT_MS,
  });
  const record = createRecord(database);
  const verifyToken = await createTokenVerifier({
    secret: settings.SUPABASE_JWT_SECRET,
    jwksUrl: settings.SUPABASE_JWKS_URL,
  });
  const workflows = createWorkflows({
    temporal: settings.temporal,
    dataConverter: createDataConverter(payloadKeys),
    isTraced: settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    callTimeoutMs: settings.CALL_TIMEOUT_MS,
    commandDeadlineMs: settings.COMMAND_DEADLINE_MS,
  });
  const authenticate = withServices(
    createAuthenticator(verifyToken, record.profile, settings.AUTH_CACHE_SECONDS),
    settings.SERVICE_TOKENS,
  );
  const { DATABASE_URL: databaseUrl, WATCH_POLL_MS: pollMs } = settings;
  const watch = createBatchWatch({
    reads: record,
    signals: databaseUrl ? listeningSignals({ databaseUrl, pollMs, log }) : pollingSignals(pollMs),
    log,
    heartbeatMs: settings.WATCH_HEARTBEAT_MS,
    maxStreams: settings.WATCH_MAX_STREAMS,
  });
  const payloadCodec = createPayloadCodec(payloadKeys);
  return { settings, record, workflows, watch, authenticate, keyRing, payloadCodec, log, phase };
}
