/** `.env.example` is what people copy: complete, with the defaults that are true, and without a secret. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import {
  apiSettingsSchema,
  readApiSettings,
  readWorkerSettings,
  TEMPORAL_VARIABLES,
  workerSettingsSchema,
} from '../../../domain/settings';

interface Entry {
  name: string;
  /** A person must fill it in. */
  required: boolean;
  value: string;
}

const PARTS = ['both', 'worker', 'API'] as const;

/** By the file's three parts, `## both: …`, `## worker`, `## API`. */
function readExample(): Record<(typeof PARTS)[number], Entry[]> {
  const text = readFileSync(path.join(__dirname, '..', '..', '..', '.env.example'), 'utf8');
  const [, ...parts] = text.split(/^## (?=both|worker|API)/m);
  const entries = parts.map((part) =>
    [...part.matchAll(/^(#?)([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, comment, name = '', value = '']): Entry => ({
      name,
      required: comment === '',
      value,
    })),
  );
  return Object.fromEntries(PARTS.map((part, index) => [part, entries[index] ?? []])) as ReturnType<
    typeof readExample
  >;
}

const example = readExample();
const all = PARTS.flatMap((part) => example[part]);
const names = (entries: readonly Entry[]): string[] => entries.map(({ name }) => name).sort();
const apiShape: Record<string, z.ZodType> = apiSettingsSchema.shape;
const workerShape: Record<string, z.ZodType> = workerSettingsSchema.shape;

test('each variable stands once, with those whose it is, and nothing else does', () => {
  const [api, worker] = [Object.keys(apiShape), Object.keys(workerShape)];
  const shared = api.filter((name) => worker.includes(name));
  expect(names(example.both)).toEqual([...shared, ...TEMPORAL_VARIABLES].sort());
  expect(names(example.worker)).toEqual(worker.filter((name) => !shared.includes(name)).sort());
  expect(names(example.API)).toEqual(api.filter((name) => !shared.includes(name)).sort());
});

const ofSchema = all.filter(({ name }) => name in apiShape || name in workerShape);

test.each(ofSchema)('$name: as the schema has it', ({ name, required, value }) => {
  const schema = apiShape[name] ?? workerShape[name];
  if (!schema) throw new Error('It has no schema');
  const absent = schema.safeParse(undefined);
  expect(required).toBe(!absent.success);
  if (!absent.success || value === '') {
    // Nothing, or an empty list, is what an empty variable stands for.
    expect(value).toBe('');
    if (absent.success) expect([undefined, []]).toContainEqual(absent.data);
  } else {
    expect(schema.parse(value)).toEqual(absent.data);
  }
});

test('filled in, it starts both', () => {
  const ring = (fill: number): string => `k1:${Buffer.alloc(32, fill).toString('base64')}`;
  const filled: Record<string, string> = {
    ...Object.fromEntries(all.map(({ name, value }) => [name, value])),
    SUPABASE_URL: 'https://project.example',
    SUPABASE_SERVICE_ROLE_KEY: 'the-service-key',
    SEAL_KEYS: ring(1),
    PAYLOAD_KEYS: ring(2),
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    NZBN_BASE_URL: 'https://register.example',
    NZBN_API_KEY: 'the-register-key',
    CLOUDWAITRESS_BASE_URL: 'https://vendor.example',
    CLOUDWAITRESS_INTEGRATOR_ID: 'the-id',
    CLOUDWAITRESS_INTEGRATOR_SECRET: 'the-secret',
    BACKEND_BASE_URL: 'https://backend.example',
    BACKEND_SERVICE_KEY: 'the-backend-key',
    API_PORT: '4000',
    SUPABASE_JWT_SECRET: 'a-shared-secret-of-some-length',
    OWNER_KEY_SECRET: 'an-owner-key-secret',
    WEBHOOK_SECRET: 'a-webhook-secret-1',
  };
  const required = all.filter((entry) => entry.required);
  expect(required.filter(({ name }) => !filled[name])).toEqual([]);
  expect(readApiSettings(filled)).toMatchObject({ API_PORT: 4000, temporal: { namespace: 'default' } });
  expect(readWorkerSettings(filled)).toMatchObject({ NZBN_BURST: 5 });
});

test('it holds no secret', () => {
  const secret = /KEY|SECRET|TOKEN|PASSWORD|DATA$/;
  const given = all.filter(({ name, value }) => secret.test(name) && value !== '');
  expect(given).toEqual([{ name: 'SERVICE_TOKENS', required: false, value: '[]' }]);
});
