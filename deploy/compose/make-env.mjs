// Prints a deploy/.env with new keys: `node deploy/compose/make-env.mjs > deploy/.env`. Keep the file: the keys open what they closed.
import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';

const TEN_YEARS = 10 * 365 * 24 * 60 * 60;
const random = (bytes = 32) => randomBytes(bytes).toString('base64url');
const keyRing = () => `key-1:${randomBytes(32).toString('base64')}`;

const jwtSecret = random(48);
/** A key of the project, as Supabase's are: a token that names a role. */
const projectKey = (role) => {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ role, iss: 'supabase', iat: now, exp: now + TEN_YEARS })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(jwtSecret));
};

const settings = {
  POSTGRES_PASSWORD: random(),
  AUTHENTICATOR_PASSWORD: random(),
  AUTH_ADMIN_PASSWORD: random(),
  TEMPORAL_DB_PASSWORD: random(),
  WATCHER_PASSWORD: random(),
  SUPABASE_JWT_SECRET: jwtSecret,
  SUPABASE_ANON_KEY: await projectKey('anon'),
  SUPABASE_SERVICE_ROLE_KEY: await projectKey('service_role'),
  SEAL_KEYS: keyRing(),
  PAYLOAD_KEYS: keyRing(),
  OWNER_KEY_SECRET: random(),
  WEBHOOK_SECRET: random(),
  CODEC_TOKEN: random(),
  METRICS_TOKEN: random(),
};
const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
const yours = ['NZBN_BASE_URL', 'NZBN_API_KEY', 'CLOUDWAITRESS_BASE_URL', 'CLOUDWAITRESS_INTEGRATOR_ID']
  .concat([
    'CLOUDWAITRESS_INTEGRATOR_SECRET',
    'BACKEND_BASE_URL',
    'BACKEND_SERVICE_KEY',
    'PLATFORM_READ_BASE_URL',
  ])
  .map((name) => `${name}=`);
process.stdout.write(`${[...lines, '', '# Of the outside systems; fill in.', ...yours].join('\n')}\n`);
