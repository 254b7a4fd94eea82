/** The app's real parts, put together from the settings. Nothing connects before it is used. */
import type { Logger } from 'pino';
import { parseKeyRing } from '../domain/sealing';
import { createAuthenticator, createTokenVerifier } from './auth';
import type { AppDeps } from './deps';
import { createRecord } from './record';
import { connectRecord } from './record/client';
import type { ApiSettings } from './settings';
import { createWorkflows } from './temporal';

/** @throws SealingError when `SEAL_KEYS` is not in its form. */
export async function composeDeps(settings: ApiSettings, log: Logger): Promise<AppDeps> {
  const keyRing = parseKeyRing(settings.SEAL_KEYS);
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
    address: settings.TEMPORAL_ADDRESS,
    namespace: settings.TEMPORAL_NAMESPACE,
    callTimeoutMs: settings.CALL_TIMEOUT_MS,
    commandDeadlineMs: settings.COMMAND_DEADLINE_MS,
  });
  const authenticate = createAuthenticator(verifyToken, record.profile, settings.AUTH_CACHE_SECONDS);
  return { settings, record, workflows, authenticate, keyRing, log };
}
