import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { StackError, describe } from './errors';
import { DEMO_USERS, type DemoRole } from './seed';

const secretsSchema = z.object({
  postgresPassword: z.string().min(1),
  authenticatorPassword: z.string().min(1),
  jwtSecret: z.string().min(32),
  /** `<key id>:<base64 of 32 bytes>`, the format of SEAL_KEYS. */
  sealKeys: z.string().min(1),
  /** In the same format, for PAYLOAD_KEYS. */
  payloadKeys: z.string().min(1),
  codecToken: z.string().min(32),
  ownerKeySecret: z.string().min(1),
  webhookSecret: z.string().min(1),
  nzbnApiKey: z.string().min(1),
  backendServiceKey: z.string().min(1),
  integratorId: z.string().min(1),
  integratorSecret: z.string().min(1),
});

/** What one clone's stack uses; random, made at the first start. */
export type StackSecrets = z.infer<typeof secretsSchema>;

const random = (): string => randomBytes(24).toString('hex');
const randomKey = (): string => `local-1:${randomBytes(32).toString('base64')}`;

/** These came after the others: made for data folders that are older. */
const ADDED_LATER = ['payloadKeys', 'codecToken'] as const satisfies (keyof StackSecrets)[];

/** Reads `secrets.json` of the data folder, or makes it (mode 0600). Throws a StackError when it cannot be used. */
export function loadSecrets(dir: string): StackSecrets {
  const file = path.join(dir, 'secrets.json');
  if (!existsSync(file)) {
    if (existsSync(path.join(dir, 'postgres', 'PG_VERSION'))) {
      throw new StackError(
        `${file} is missing, and the database beside it opens with no other password: start with --fresh`,
      );
    }
    return writeSecrets(file, makeSecrets());
  }
  try {
    const kept = secretsSchema.partial().parse(JSON.parse(readFileSync(file, 'utf8')));
    const made = makeSecrets();
    const missing = ADDED_LATER.filter((name) => kept[name] === undefined);
    const added = Object.fromEntries(missing.map((name) => [name, made[name]]));
    const secrets = secretsSchema.parse({ ...added, ...kept });
    return missing.length === 0 ? secrets : writeSecrets(file, secrets);
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error).replaceAll('\n', ' ') : describe(error);
    throw new StackError(`${file} cannot be used (${why}): start with --fresh`);
  }
}

function writeSecrets(file: string, secrets: StackSecrets): StackSecrets {
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

function makeSecrets(): StackSecrets {
  return {
    postgresPassword: random(),
    authenticatorPassword: random(),
    jwtSecret: random(),
    sealKeys: randomKey(),
    payloadKeys: randomKey(),
    codecToken: random(),
    ownerKeySecret: random(),
    webhookSecret: random(),
    nzbnApiKey: random(),
    backendServiceKey: random(),
    integratorId: randomBytes(8).toString('hex'),
    integratorSecret: random(),
  };
}

// jose ships ES modules alone, this code is CommonJS.
const jose = () => import('jose');

async function sign(secret: string, claims: Record<string, unknown>, lifetime: string): Promise<string> {
  const { SignJWT } = await jose();
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(Buffer.from(secret, 'utf8'));
}

/** A project key as Supabase has them: a JWT that carries only a role. */
export function projectKey(secret: string, role: 'anon' | 'service_role'): Promise<string> {
  return sign(secret, { iss: 'supabase', role }, '10y');
}

/** A token as Supabase's sign-in gives it, of a seeded demo user; `lifetime` as in jose ("12h"). */
export function userToken(secret: string, role: DemoRole, lifetime = '12h'): Promise<string> {
  const { id, email } = DEMO_USERS[role];
  return sign(secret, { sub: id, aud: 'authenticated', role: 'authenticated', email }, lifetime);
}
