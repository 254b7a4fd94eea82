/** The database: whether it answers, takes our keys, has our schema, hides what it must, and tells of changes. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { missingMigrations, recordClient } from '../../domain/lifecycle';
import type { ApiSettings, WorkerSettings } from '../../domain/settings';
import { fail, found, ok, warn, type Finding } from './finding';

const CALL_MS = 10_000;
const MOST_SKEW_MS = 5_000;
/** Where Supabase's pooler works in transaction mode, which forgets a LISTEN. */
const TRANSACTION_POOLER_PORT = '6543';

export async function examineRecord(settings: ApiSettings | WorkerSettings): Promise<Finding[]> {
  const answer = await missingMigrations(recordClient(settings));
  if ('problem' in answer)
    return [
      ...keyRole(settings),
      fail('database', `the database at ${settings.SUPABASE_URL} ${answer.problem}`),
    ];
  const { lacking } = answer;
  return [
    ok('database', `answers at ${settings.SUPABASE_URL} and takes the service key`),
    ...keyRole(settings),
    lacking.length === 0
      ? ok('migrations', 'all applied')
      : fail('migrations', `not applied: ${lacking.join(', ')}; run npm run migrate, or supabase db push`),
    ...(await found('clock', () => clock(settings))),
    ...('API_PORT' in settings ? await found('row level security', () => hidden(settings)) : []),
    ...('API_PORT' in settings ? await found('LISTEN', () => listens(settings)) : []),
    ...('API_PORT' in settings ? await found('sign-in', () => signIn(settings)) : []),
  ];
}

/** Keys of the older form say whose they are; of the newer ones the answers alone tell. */
function roleOf(key: string): string | null {
  const [, claims] = key.split('.');
  if (!key.startsWith('eyJ') || claims === undefined) return null;
  try {
    const { role } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { role?: unknown };
    return typeof role === 'string' ? role : null;
  } catch {
    return null; // no token after all
  }
}

function keyRole({ SUPABASE_SERVICE_ROLE_KEY: key }: ApiSettings | WorkerSettings): Finding[] {
  const role = roleOf(key);
  return role === null || role === 'service_role'
    ? []
    : [fail('service key', `SUPABASE_SERVICE_ROLE_KEY is a key of the role "${role}": give the service key`)];
}

async function clock({ SUPABASE_URL: url }: { SUPABASE_URL: string }): Promise<Finding[]> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(CALL_MS) });
  const date = answer.headers.get('date');
  if (date === null) return [];
  const skewMs = Math.abs(Date.now() - Date.parse(date));
  return [
    skewMs <= MOST_SKEW_MS
      ? ok('clock', 'agrees with the database service')
      : warn(
          'clock',
          `${Math.round(skewMs / 1_000)} s apart from the database service: keep both by NTP, since turns and tokens have times`,
        ),
  ];
}

/** What nobody but the service may see, asked for with the key that everybody has. */
async function hidden({ SUPABASE_URL: url, SUPABASE_ANON_KEY: key }: ApiSettings): Promise<Finding[]> {
  if (key === undefined) return [];
  const open: string[] = [];
  for (const table of ['sealed_secrets', 'registration_jobs', 'registration_events']) {
    const answer = await fetch(`${url}/rest/v1/${table}?select=*&limit=1`, {
      headers: { apikey: key, authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(CALL_MS),
    });
    const rows: unknown = answer.ok ? await answer.json() : [];
    if (table === 'sealed_secrets' ? answer.ok : Array.isArray(rows) && rows.length > 0) open.push(table);
  }
  return [
    open.length === 0
      ? ok('row level security', 'the public key sees nothing of ours')
      : fail(
          'row level security',
          `everybody can read ${open.join(', ')}: apply the migrations, and look who granted it`,
        ),
  ];
}

async function listens({ DATABASE_URL: url }: ApiSettings): Promise<Finding[]> {
  if (url === undefined)
    return [warn('LISTEN', 'without DATABASE_URL changes are looked for every WATCH_POLL_MS')];
  const isPooler = new URL(url).port === TRANSACTION_POOLER_PORT;
  const hint = isPooler
    ? `; port ${TRANSACTION_POOLER_PORT} is a pooler in transaction mode: use the direct address`
    : '';
  const connect = () =>
    new Client({ connectionString: url, connectionTimeoutMillis: CALL_MS, query_timeout: CALL_MS });
  const [listener, teller] = [connect(), connect()];
  for (const client of [listener, teller]) client.on('error', () => undefined);
  try {
    await Promise.all([listener.connect(), teller.connect()]);
    const channel = `doctor_${randomUUID().replaceAll('-', '')}`;
    const heard = new Promise<boolean>((resolve) => {
      listener.once('notification', () => resolve(true));
      setTimeout(() => resolve(false), CALL_MS).unref();
    });
    await listener.query(`listen ${channel}`);
    await teller.query(`notify ${channel}`);
    return (await heard)
      ? [ok('LISTEN', 'a notification arrives')]
      : [fail('LISTEN', `DATABASE_URL takes LISTEN and forgets it${hint}`)];
  } catch {
    return [fail('LISTEN', `DATABASE_URL cannot be used: look at its address, user and password${hint}`)];
  } finally {
    await Promise.allSettled([listener.end(), teller.end()]);
  }
}

// jose ships ES modules alone, this code is CommonJS.
const jose = () => import('jose');

async function signIn(api: ApiSettings): Promise<Finding[]> {
  const { SUPABASE_JWT_SECRET: secret, SUPABASE_JWKS_URL: jwks, SUPABASE_SERVICE_ROLE_KEY: key } = api;
  const findings: Finding[] = [];
  if (jwks !== undefined) {
    const answer = await fetch(jwks, { signal: AbortSignal.timeout(CALL_MS) }).catch(() => null);
    const { keys } = (answer?.ok ? await answer.json() : {}) as { keys?: unknown };
    findings.push(
      Array.isArray(keys) && keys.length > 0
        ? ok('sign-in', 'the public keys can be read')
        : fail('sign-in', 'SUPABASE_JWKS_URL gives no keys: it ends in /auth/v1/.well-known/jwks.json'),
    );
  }
  if (secret !== undefined && roleOf(key) !== null) {
    const { jwtVerify } = await jose();
    const isOurs = await jwtVerify(key, Buffer.from(secret, 'utf8')).then(
      () => true,
      () => false,
    );
    findings.push(
      isOurs
        ? ok('sign-in', 'SUPABASE_JWT_SECRET is the one that signs the project\u2019s keys')
        : fail(
            'sign-in',
            'SUPABASE_JWT_SECRET does not sign this project\u2019s keys, so nobody\u2019s token is believed',
          ),
    );
  }
  return findings;
}
