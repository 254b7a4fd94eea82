import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import {
  createSetupBackend,
  type SetupBackend,
  type SubStepCall,
} from '../../activities/account-setup/clients/backend';
import {
  createCloudWaitressClient,
  StartedAccount,
} from '../../activities/account-setup/clients/cloudwaitress';
import { isPlainText } from '../../domain/plain-text';
import type { SubStepOutput } from '../../domain/record';
import { SUB_STEP_KEYS, type SubStepKey } from '../../domain/sub-steps';
import {
  ACCOUNT_PASSWORD,
  backendSettings,
  ONBOARDING_PASSWORD,
  SERVICE_KEY,
  subStepCall,
} from '../unit/account-setup/calls';
import { scriptedServer, type ScriptedServer } from '../unit/account-setup/scripted-server';
import { FOREIGN, holds, textsIn, wireAnswers, type WireAnswer } from './fuzz';

const SECRETS = [ACCOUNT_PASSWORD, ONBOARDING_PASSWORD, SERVICE_KEY];
let server: ScriptedServer;
/** A machine that a document may name, and that nobody may ask for it. */
let elsewhere: ScriptedServer;
beforeAll(async () => {
  server = await scriptedServer();
  elsewhere = await scriptedServer();
});
afterAll(async () => {
  await server.close();
  await elsewhere.close();
});

function expectClean(told: unknown, ...secrets: string[]): void {
  const text = JSON.stringify(told);
  for (const leak of [FOREIGN, ...SECRETS, ...secrets]) {
    expect(text).not.toContain(leak);
    expect(text).not.toContain(encodeURIComponent(leak));
  }
  expect(elsewhere.requests).toEqual([]);
}

function expectStorable(output: SubStepOutput): void {
  expect(textsIn(output).every((text) => isPlainText(text) && text.length <= 2_048)).toBe(true);
  expect(JSON.stringify(output).length).toBeLessThan(8_192);
}

function parsed(raw: Uint8Array): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(raw).toString('utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

const call = subStepCall();
const { email } = call.account;
const { userEmail } = call.configuration.onboarding;
const counts = { total: 2, created: 2, failed: 0 };
const GOOD: Readonly<Record<SubStepKey, object>> = {
  cloudwaitressAccount: { success: true, account_id: 'A1', email },
  codeGeneration: {
    success: true,
    codeInjectionId: 'c1',
    generatedAt: '2026-03-02T01:00:00Z',
    filePaths: {},
  },
  createOnboardingUser: { success: true, userName: 'x', userEmail, passwordGenerated: false },
  uploadImages: {
    success: true,
    mode: 'synchronous',
    batchId: 'b1',
    stats: { totalImages: 2, successful: 2, failed: 0 },
  },
  restaurantRegistration: {
    success: true,
    restaurant: {
      pumpd_subdomain: 'kowhai',
      registration_status: 'completed',
      dashboard_url: 'https://dash.example/1',
    },
  },
  websiteConfig: { success: true, demoStoreUrl: 'https://demo.example/1', uploadedLogoUrl: null },
  servicesConfig: { success: true },
  paymentConfig: { success: true, includeConnectLink: true, stripeConnectUrl: 'https://pay.example/1' },
  menuImport: { success: true, details: 'done' },
  syncOnboardingUser: { success: true, onboardingId: 'o1', updatedFields: 1 },
  optionSets: { success: true, summary: counts },
  itemTags: { success: true, summary: { ...counts, itemsAssigned: 2 } },
};
const refusal = {
  success: false,
  error: `${FOREIGN} ${ACCOUNT_PASSWORD}`,
  message: `${FOREIGN} wrong password ${ONBOARDING_PASSWORD}`,
  details: `${FOREIGN} ${SERVICE_KEY}`,
  feature: FOREIGN,
  stats: { failed: 1 },
};

/** By the path that is read. */
const READS: readonly [RegExp, object][] = [
  [
    /\/registration\/status\//,
    {
      hasAccount: true,
      hasRestaurant: true,
      account: { email, pumpd_user_id: 'U1' },
      pumpdRestaurant: {
        pumpd_restaurant_id: 'RES1',
        pumpd_subdomain: 'kowhai',
        pumpd_full_url: 'https://kowhai.example',
        registration_status: 'completed',
        dashboard_url: 'https://dash.example/1',
      },
    },
  ],
  [/code-injection/, { hasContent: true, codeInjectionId: 'c1', generatedAt: '2099-01-01T00:00:00Z' }],
  [
    /\/logs\//,
    {
      logs: [
        {
          action: 'create',
          status: 'success',
          created_at: '2099-01-01T00:00:00Z',
          response_data: { userEmail },
        },
      ],
    },
  ],
  [/upload-batches/, { batch: { status: 'completed', progress: { total: 2, uploaded: 2, failed: 0 } } }],
  [/cdn-stats/, { stats: { totalImages: 2, uploadedImages: 2, failedUploads: 0, pendingUploads: 0 } }],
  [
    /\/v1\/restaurants\//,
    {
      menus: [{ dishes: 4 }],
      optionSets: 2,
      tags: ['popular', { name: 'vegan' }],
      headInjection: true,
      pickup: true,
      delivery: true,
      stripe: true,
    },
  ],
  [
    /\/restaurants\//,
    { restaurant: { demo_store_url: 'https://demo.example/1', stripe_connect_url: 'https://pay.example/1' } },
  ],
];
const readDocument = (path: string): object => READS.find(([pattern]) => pattern.test(path))?.[1] ?? {};

const backend = (): SetupBackend =>
  createSetupBackend(
    backendSettings(server.url, {
      platform: server.url,
      uploadWaitMs: 10,
      pollFirstMs: 1,
      pollMaxMs: 2,
      readRetryMs: 1,
      settleMs: 1,
    }),
  );
const hostile = (): string[] => [
  ...SECRETS,
  `https://x.example/?p=${encodeURIComponent(ACCOUNT_PASSWORD)}`,
  `https://x.example/${SERVICE_KEY}`,
  elsewhere.url,
  'https://x.example/\u0000',
];

describe.each(SUB_STEP_KEYS)('the backend, %s', (key) => {
  const answers = (): fc.Arbitrary<WireAnswer> => wireAnswers([GOOD[key], GOOD[key], refusal], ...hostile());

  test('a good answer is a success, so that what follows begins at one', async () => {
    server.answer(({ method, path }) => ({ json: method === 'POST' ? GOOD[key] : readDocument(path) }));
    expect((await backend().performCall(key, call)).state).toBe('succeeded');
  });

  test('no answer crashes, leaks, or passes for a success that was not reported', () =>
    holds(
      fc.asyncProperty(answers(), async (answer) => {
        server.answer(({ method, path }) => (method === 'POST' ? answer : { json: readDocument(path) }));
        const result = await backend().performCall(key, call);
        expectClean(result);
        expectStorable(result.output);
        if (result.state !== 'succeeded') {
          expect(result.failure === undefined).toBe(result.state === 'already_done');
          return;
        }
        expect([200, 201]).toContain(answer.status);
        expect(parsed(answer.raw)).toMatchObject({ success: true });
      }),
    ));

  test('no read crashes, leaks, or shows an effect that it does not hold', () =>
    holds(
      fc.asyncProperty(
        fc
          .constantFrom(...READS.map(([, document]) => document))
          .chain((document) => wireAnswers([document], ...hostile())),
        async (answer) => {
          // Half of the paths answer as they should, so that later reads are reached.
          server.answer(({ path }) => (path.length % 2 === 0 ? answer : { json: readDocument(path) }));
          await readsAreClean(key, {
            ...call,
            stateBefore: { configured: false, dishes: 0, optionSets: 0, tags: 0 },
          });
          server.answer(() => answer);
          const verdict = await backend().verifyEffect(key, call);
          if (verdict.present === true) expect([200, 201]).toContain(answer.status);
        },
      ),
      0.5,
    ));
});

async function readsAreClean(key: SubStepKey, call: SubStepCall): Promise<void> {
  const verdict = await backend().verifyEffect(key, call);
  expectClean(verdict);
  if (verdict.present === true) expectStorable(verdict.output);
  try {
    const state = await backend().captureState(key, call);
    expectClean(state);
    if (state) expectStorable(state);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    expectClean([error.message, error.details, error.stack]);
  }
}

describe('the account vendor', () => {
  const details = { email: 'owner@kowhaigrill.example', phone: '+6495550100', password: ACCOUNT_PASSWORD };
  const TOKEN = 'token-of-this-start';
  const CODE = 'code-of-this-start';
  const client = () =>
    createCloudWaitressClient({
      baseUrl: server.url,
      integratorId: 'integrator-1',
      integratorSecret: 'integrator-secret-of-this-test',
      confirmation: { mode: 'code', code: CODE },
      timeoutMs: 5_000,
    });
  const good = { outcome: 0, token: TOKEN, user_id: 'U1' };
  const no = { outcome: 1, message: `${FOREIGN} ${ACCOUNT_PASSWORD}`, error: FOREIGN };
  const answers = (): fc.Arbitrary<WireAnswer> =>
    wireAnswers([good, good, no], ACCOUNT_PASSWORD, TOKEN, CODE, elsewhere.url);
  const accepted = ({ status, raw }: WireAnswer): void => {
    expect([200, 201]).toContain(status);
    expect(parsed(raw)).toMatchObject({ outcome: 0 });
  };

  test('starts an account only on its word and with its token', () =>
    holds(
      fc.asyncProperty(answers(), async (answer) => {
        server.answer(() => answer);
        const result = await client().start(details);
        expectClean(result, TOKEN, CODE);
        if (result.kind !== 'started') return;
        accepted(answer);
        expect(result.started.verifyBody().token).toBe(parsed(answer.raw)?.['token']);
      }),
      3,
    ));

  test('calls an account created only on its word, and keeps no secret as its id', () =>
    holds(
      fc.asyncProperty(answers(), async (answer) => {
        server.answer(() => answer);
        const result = await client().verify({ started: new StartedAccount(TOKEN, CODE, ACCOUNT_PASSWORD) });
        expectClean(result, TOKEN, CODE);
        if (result.kind !== 'created') return;
        accepted(answer);
        expect(textsIn(result).every(isPlainText)).toBe(true);
      }),
      3,
    ));
});
