import { randomBytes, randomUUID } from 'node:crypto';
import { createSecrets } from '../../../activities/secrets';
import { keysRotate } from '../../../dev/keys/command';
import { rotate } from '../../../dev/keys/rotate';
import { createSecretStore, type SecretStore } from '../../../dev/keys/store';
import { withDatabase } from '../../../dev/stack/seed';
import { parseKeyRing, seal, type KeyRing } from '../../../domain/sealing';
import { startTestStack, type TestStack } from '../../helpers/stack';

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [OLD, NEW, OTHER] = [key('old'), key('new'), key('other')];
const [oldRing, bothRing, newRing] = [OLD, `${NEW},${OLD}`, NEW].map((text) => parseKeyRing(text)) as [
  KeyRing,
  KeyRing,
  KeyRing,
];

let stack: TestStack;
const organisations = [randomUUID(), randomUUID()];
beforeAll(async () => {
  stack = await startTestStack({ apps: { simulator: false, worker: false, api: false } });
  await withDatabase(stack.env['DATABASE_URL'] ?? '', async (sql) => {
    await sql.query(`insert into organisations (id, name) select unnest($1::uuid[]), 'Tī Kōuka Dining'`, [
      organisations,
    ]);
  });
}, 90_000);
afterAll(() => stack?.stopAll(), 30_000);
beforeEach(async () => {
  await stack.supabase.from('sealed_secrets').delete().in('organisation_id', organisations);
});

interface Kept {
  id: string;
  organisationId: string;
  password: string;
}

/** Passwords of both organisations, sealed as the API seals them. */
async function keep(count: number, ring: KeyRing = oldRing): Promise<Kept[]> {
  const kept = Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    organisationId: organisations[n % 2] ?? '',
    password: `Pounamu-${n}-${randomUUID()}`,
  }));
  const rows = kept.map(({ id, organisationId, password }) => {
    const { keyId, ciphertext } = seal(ring, { organisationId, secretId: id }, password);
    return { id, organisation_id: organisationId, key_id: keyId, ciphertext };
  });
  const { error } = await stack.supabase.from('sealed_secrets').insert(rows);
  expect(error).toBeNull();
  return kept;
}

/** As a worker with this ring opens them. */
async function opened(kept: readonly Kept[], ring: KeyRing): Promise<string[]> {
  const secrets = createSecrets(stack.supabase, ring);
  return Promise.all(kept.map(({ organisationId, id }) => secrets.open(organisationId, id)));
}
const passwords = (kept: readonly Kept[]): string[] => kept.map(({ password }) => password);

async function run(ring: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const code = await keysRotate(args, {
    env: { ...stack.env, SEAL_KEYS: ring },
    print: (line) => void lines.push(line),
  });
  return { code, said: lines.join('\n') };
}

test('once all is sealed anew, the old key may leave, and no password is said', async () => {
  const kept = await keep(450);
  await expect(opened(kept.slice(0, 1), newRing)).rejects.toThrow();
  const { code, said } = await run(`${NEW},${OLD}`);
  expect(code).toBe(0);
  expect(said).toMatch(/"new": 450\b/);
  expect(await opened(kept, newRing)).toEqual(passwords(kept));
  for (const password of passwords(kept)) expect(said).not.toContain(password);
  for (const ring of [OLD, NEW]) expect(said).not.toContain(ring.split(':')[1]);
  // Again, there is nothing to do.
  expect((await run(`${NEW},${OLD}`)).said).toMatch(/"new": 0\b/);
});

test('a dry run opens all and changes nothing', async () => {
  const kept = await keep(3);
  const { code, said } = await run(`${NEW},${OLD}`, '--dry-run');
  expect(code).toBe(0);
  expect(said).toMatch(/"new": 3\b/);
  expect(await opened(kept, oldRing)).toEqual(passwords(kept));
});

test('what no key of the ring opens is named by its key, and the rest goes on', async () => {
  const kept = await keep(4);
  await keep(2, parseKeyRing(OTHER));
  const { code, said } = await run(`${NEW},${OLD}`);
  expect(code).toBe(1);
  expect(said).toMatch(/"other" \(KEY_MISSING\): 2/);
  expect(await opened(kept, newRing)).toEqual(passwords(kept));
});

test('it goes on where it was ended, and everything opens meanwhile', async () => {
  const kept = await keep(25);
  const store = createSecretStore(stack.supabase);
  let reads = 0;
  const ended: SecretStore = {
    ...store,
    notUnder: async (...asked) => {
      reads += 1;
      if (reads === 3) throw new Error('ended from outside');
      return store.notUnder(...asked);
    },
  };
  await expect(rotate(bothRing, ended, { dryRun: false, pageSize: 10 })).rejects.toThrow(
    'ended from outside',
  );
  expect(await opened(kept, bothRing)).toEqual(passwords(kept));
  expect(await rotate(bothRing, store, { dryRun: false, pageSize: 10 })).toEqual({
    resealed: 5,
    changedMeanwhile: 0,
    refused: [],
    left: 0,
  });
  expect(await opened(kept, newRing)).toEqual(passwords(kept));
});

test('what others remove or replace between reading and writing stays as they left it', async () => {
  const [removed, replaced, own] = (await keep(3)) as [Kept, Kept, Kept];
  const store = createSecretStore(stack.supabase);
  const table = () => stack.supabase.from('sealed_secrets');
  const fresh = seal(
    oldRing,
    { organisationId: replaced.organisationId, secretId: replaced.id },
    'Newly given',
  );
  const raced: SecretStore = {
    ...store,
    notUnder: async (...asked) => {
      const rows = await store.notUnder(...asked);
      await table().delete().eq('id', removed.id);
      await table().update({ ciphertext: fresh.ciphertext }).eq('id', replaced.id);
      return rows;
    },
  };
  expect(await rotate(bothRing, raced, { dryRun: false })).toMatchObject({
    resealed: 1,
    changedMeanwhile: 2,
    left: 1,
  });
  expect(await opened([replaced, own], bothRing)).toEqual(['Newly given', own.password]);
  const { count } = await table().select('id', { count: 'exact', head: true }).eq('id', removed.id);
  expect(count).toBe(0);
});

test('without its settings it says which are missing', async () => {
  await expect(keysRotate([], { env: {}, print: () => undefined })).rejects.toThrow(/SEAL_KEYS/);
});
