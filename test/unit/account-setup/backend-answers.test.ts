import {
  createSetupBackend,
  type BackendResult,
  type SubStepCall,
} from '../../../activities/account-setup/clients/backend';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import { ACCOUNT_PASSWORD, backendSettings, ONBOARDING_PASSWORD, SERVICE_KEY, subStepCall } from './calls';
import { scriptedServer, type ScriptedAnswer, type ScriptedServer } from './scripted-server';

let server: ScriptedServer;
beforeEach(async () => {
  server = await scriptedServer();
});
afterEach(() => server.close());

/** Answers the call itself; every read answers 404, so nothing can be read back. */
function perform(
  key: SubStepKey,
  answer: ScriptedAnswer,
  change: Partial<SubStepCall> = {},
): Promise<BackendResult> {
  server.answer(({ method }) => (method === 'POST' ? answer : { status: 404, json: {} }));
  const { rows } = backendSettings(server.url).limits;
  const patience = Object.fromEntries(
    SUB_STEP_KEYS.map((name) => [name, { ...rows[name], clientTimeoutMs: 1_000 }]),
  ) as typeof rows;
  return createSetupBackend(backendSettings(server.url, { rows: patience })).performCall(
    key,
    subStepCall(change),
  );
}

const error = (status: number, text: string, more: object = {}): ScriptedAnswer => ({
  status,
  json: { success: false, error: text, ...more },
});
const unsuccessful = (text: string): ScriptedAnswer => ({ json: { success: false, message: text } });

describe.each(SUB_STEP_KEYS)('%s: answers that mean the same for every row', (key) => {
  const repeatable = SUB_STEPS[key].repeat !== 'never';
  const throttled = key === 'cloudwaitressAccount' ? 'AccountThrottled' : 'RateLimited';
  it.each<[string, ScriptedAnswer, Partial<BackendResult>]>([
    ['401', error(401, 'Unauthorized'), { state: 'failed', failure: 'BackendAuthError' }],
    [
      '403 of a feature',
      error(403, 'no', { feature: 'registration', upgrade_required: true }),
      { state: 'failed', failure: 'FeatureDisabled', detail: 'registration' },
    ],
    ['403', error(403, 'no'), { state: 'failed', failure: 'BackendAuthError' }],
    ['400', error(400, 'bad request'), { state: 'failed', failure: 'InvalidInput' }],
    ['404', error(404, 'nothing here'), { state: 'failed', failure: 'NotFound' }],
    [
      'redirect',
      { status: 301, headers: { location: '/' }, raw: '' },
      { state: 'failed', failure: 'BackendContractError' },
    ],
    [
      '429',
      { status: 429, headers: { 'retry-after': '3' }, json: {} },
      { state: 'failed', failure: throttled, retryAfterMs: 3_000 },
    ],
    [
      '503 that may be repeated',
      error(503, 'busy', { retryable: true }),
      { state: 'failed', failure: 'BackendUnavailable' },
    ],
    [
      '503 of the database',
      error(503, 'Database temporarily unavailable'),
      { state: 'failed', failure: 'BackendUnavailable' },
    ],
    [
      '503 of the configuration',
      error(503, 'Image CDN not configured'),
      { state: 'failed', failure: 'NotConfigured' },
    ],
    ['500 timed out', error(500, 'Script timed out'), { state: 'unclear', failure: 'BackendUnavailable' }],
    ['502', { status: 502, raw: '<html>' }, { state: 'unclear', failure: 'BackendUnavailable' }],
    ['504', { status: 504, raw: '<html>' }, { state: 'unclear', failure: 'BackendUnavailable' }],
    ['lost answer', 'reset', { state: 'unclear', failure: 'BackendUnavailable' }],
    ['silence', 'hang', { state: 'unclear', failure: 'BackendUnavailable' }],
    ['500 restaurant', error(500, 'Restaurant not found'), { state: 'failed', failure: 'NotFound' }],
    [
      'other 500',
      error(500, 'page.click: browser has been closed'),
      { state: repeatable ? 'failed' : 'unclear', failure: 'ReportedFailure' },
    ],
    [
      'success false',
      unsuccessful('hm'),
      { state: repeatable ? 'failed' : 'unclear', failure: 'ReportedFailure' },
    ],
    ['HTML', { raw: '<html>fine</html>' }, { state: 'unclear', failure: 'BackendContractError' }],
    ['cut JSON', { raw: '{"success":true,' }, { state: 'unclear', failure: 'BackendContractError' }],
    [
      'no success field',
      { json: {} },
      { state: 'unclear', failure: 'BackendContractError', detail: 'success' },
    ],
    ['an array', { json: [] }, { state: 'unclear', failure: 'BackendContractError' }],
  ])('%s', async (_name, answer, expected) => {
    const result = await perform(key, answer);
    expect(result).toMatchObject({ proof: 'none', output: {}, ...expected });
    const calls = server.requests.filter(({ method }) => method === 'POST');
    expect(calls).toHaveLength(1);
  });

  it('names the row’s own feature when that is off', async () => {
    const result = await perform(key, error(403, 'no', { feature: 'registration.something' }));
    expect(result.failure).toBe('FeatureDisabled');
    expect(result.detail).toMatch(/^registration(\.[a-zA-Z]+)?$/);
    expect(result.detail).not.toContain('something');
  });

  it('knows that nothing was sent when the backend is down', async () => {
    const { url } = server;
    await server.close();
    const result = await createSetupBackend(backendSettings(url)).performCall(key, subStepCall());
    expect(result).toMatchObject({ state: 'failed', failure: 'BackendUnavailable' });
    server = await scriptedServer();
  });
});

describe('headers', () => {
  it('name the job’s organisation, the key, the sub-step’s generation and the attempt', async () => {
    const call = subStepCall({ generation: 3, attempt: 2 });
    await perform('servicesConfig', { json: { success: true } }, call);
    expect(server.requests[0]?.headers).toMatchObject({
      'x-service-key': SERVICE_KEY,
      'x-organisation-id': call.organisationId,
      'idempotency-key': `${call.jobId}:servicesConfig:3`,
      'x-correlation-id': `${call.jobId}:servicesConfig:3:2`,
    });
  });
});

describe('known failures', () => {
  it.each<[SubStepKey, ScriptedAnswer, Partial<BackendResult>]>([
    [
      'cloudwaitressAccount',
      unsuccessful('Account already registered'),
      { state: 'failed', failure: 'AccountExists' },
    ],
    [
      'cloudwaitressAccount',
      { json: { success: true, alreadyExists: true } },
      { state: 'failed', failure: 'AccountExists' },
    ],
    [
      'cloudwaitressAccount',
      error(500, 'Too many registrations'),
      { state: 'failed', failure: 'AccountThrottled' },
    ],
    [
      'cloudwaitressAccount',
      error(500, 'Invalid phone number'),
      { state: 'failed', failure: 'AccountRejected' },
    ],
    ['codeGeneration', error(400, 'Primary color is missing'), { state: 'failed', failure: 'InvalidInput' }],
    [
      'codeGeneration',
      { json: { success: true, codeInjectionId: null, generatedAt: '2026-11-25T00:00:00Z' } },
      { state: 'failed', failure: 'ReportedFailure' },
    ],
    ['createOnboardingUser', error(400, 'User already exists'), { state: 'failed', failure: 'UserExists' }],
    [
      'createOnboardingUser',
      error(500, 'No super-admin access'),
      { state: 'failed', failure: 'NotConfigured' },
    ],
    [
      'restaurantRegistration',
      error(500, 'Subdomain kwhaigrill is already taken'),
      { state: 'failed', failure: 'SubdomainTaken' },
    ],
    [
      'restaurantRegistration',
      error(500, 'Address not found: no result'),
      { state: 'failed', failure: 'AddressNotFound' },
    ],
    [
      'restaurantRegistration',
      error(500, 'Login failed: invalid email or password'),
      { state: 'failed', failure: 'WrongPassword' },
    ],
    [
      'restaurantRegistration',
      error(500, 'Restaurant was created but not found in the list'),
      { state: 'partial', failure: 'OutcomeUnclear' },
    ],
    [
      'restaurantRegistration',
      error(500, 'Created, but the id is not readable'),
      { state: 'partial', failure: 'OutcomeUnclear' },
    ],
    ['websiteConfig', error(400, 'No code injection found'), { state: 'failed', failure: 'InvalidInput' }],
    [
      'websiteConfig',
      error(500, 'Script timed out', { partialSuccess: true, lastStep: 'x' }),
      { state: 'failed', failure: 'ReportedFailure' },
    ],
    [
      'servicesConfig',
      error(500, 'Account credentials missing or incomplete'),
      { state: 'failed', failure: 'CredentialsIncomplete' },
    ],
    [
      'paymentConfig',
      { json: { success: true, includeConnectLink: true } },
      { state: 'failed', failure: 'ReportedFailure' },
    ],
    ['menuImport', unsuccessful('Completed with warnings'), { state: 'unclear', failure: 'PartialResult' }],
    ['menuImport', error(500, 'Wrong password'), { state: 'failed', failure: 'WrongPassword' }],
    [
      'syncOnboardingUser',
      error(404, 'No onboarding record found'),
      { state: 'failed', failure: 'NotFound' },
    ],
    [
      'syncOnboardingUser',
      { json: { success: true, onboardingId: 'o1', updatedFields: 0 } },
      { state: 'failed', failure: 'ReportedFailure' },
    ],
    [
      'optionSets',
      error(500, 'crash', { partialSuccess: true }),
      { state: 'partial', failure: 'PartialResult' },
    ],
    ['uploadImages', error(404, 'Menu not found'), { state: 'failed', failure: 'NotFound' }],
  ])('%s %j', async (key, answer, expected) => {
    expect(await perform(key, answer)).toMatchObject(expected);
  });

  it('are not read out of what we sent', async () => {
    const configuration = subStepCall().configuration;
    configuration.restaurant.name = 'Wrong Password';
    const quoting = error(500, 'Command failed: --name "Wrong Password": element not found');
    expect(await perform('restaurantRegistration', quoting, { configuration })).toMatchObject({
      state: 'unclear',
      failure: 'ReportedFailure',
    });
  });
});

describe('a success needs more than the word', () => {
  const summary = (total: number, created: number, failed: number): ScriptedAnswer => ({
    json: { success: true, summary: { total, created, failed, itemsAssigned: 0 } },
  });
  it.each<[string, SubStepKey, ScriptedAnswer, Partial<BackendResult>]>([
    [
      'all made',
      'optionSets',
      summary(5, 5, 0),
      {
        state: 'succeeded',
        proof: 'reported',
        output: { optionSets: 5 },
        counts: { total: 5, done: 5, failed: 0 },
      },
    ],
    ['nothing to do', 'optionSets', summary(0, 0, 0), { state: 'succeeded' }],
    [
      'fewer made',
      'optionSets',
      summary(5, 4, 0),
      { state: 'partial', failure: 'PartialResult', counts: { total: 5, done: 4, failed: 0 } },
    ],
    ['one failed', 'itemTags', summary(10, 10, 1), { state: 'partial', failure: 'PartialResult' }],
    ['none made', 'itemTags', summary(10, 0, 0), { state: 'unclear', failure: 'OutcomeUnclear' }],
    [
      'no summary',
      'itemTags',
      { json: { success: true } },
      { state: 'unclear', failure: 'BackendContractError', detail: 'summary' },
    ],
    [
      'a negative count',
      'optionSets',
      summary(-1, 0, 0),
      { state: 'unclear', failure: 'BackendContractError', detail: 'summary.total' },
    ],
    [
      'partial',
      'servicesConfig',
      { json: { success: true, partialSuccess: true } },
      { state: 'failed', failure: 'ReportedFailure' },
    ],
    [
      'partial import',
      'menuImport',
      { json: { success: true, details: '', partialSuccess: true } },
      { state: 'partial', failure: 'PartialResult' },
    ],
    [
      'failed parts',
      'menuImport',
      { json: { success: true, details: '', stats: { failed: 2 } } },
      { state: 'partial', failure: 'PartialResult' },
    ],
    [
      'still running',
      'menuImport',
      { json: { success: true, details: '', batchId: 'b1' } },
      { state: 'unclear', failure: 'OutcomeUnclear' },
    ],
    [
      'no details',
      'menuImport',
      { json: { success: true } },
      { state: 'unclear', failure: 'BackendContractError', detail: 'details' },
    ],
    [
      'not completed',
      'restaurantRegistration',
      { json: { success: true, restaurant: { pumpd_subdomain: 'x', registration_status: 'pending' } } },
      { state: 'unclear', failure: 'BackendContractError', detail: 'restaurant.registration_status' },
    ],
    [
      'not readable back',
      'restaurantRegistration',
      { json: { success: true, restaurant: { pumpd_subdomain: 'x', registration_status: 'completed' } } },
      { state: 'unclear', failure: 'OutcomeUnclear' },
    ],
    [
      'a guessable password',
      'createOnboardingUser',
      {
        json: {
          success: true,
          userName: 'M',
          userEmail: 'Owner@kowhaigrill.example',
          passwordGenerated: true,
        },
      },
      { state: 'partial', failure: 'PartialResult' },
    ],
    [
      'another user',
      'createOnboardingUser',
      { json: { success: true, userName: 'M', userEmail: 'x@y.example', passwordGenerated: false } },
      { state: 'unclear', failure: 'BackendContractError' },
    ],
    [
      'the link asked for',
      'paymentConfig',
      { json: { success: true, includeConnectLink: true, stripeConnectUrl: 'https://connect.example/1' } },
      { state: 'succeeded', output: { stripeConnectUrl: 'https://connect.example/1' } },
    ],
  ])('%s (%s)', async (_name, key, answer, expected) => {
    expect(await perform(key, answer)).toMatchObject(expected);
  });
});

describe('nothing is sent', () => {
  it.each<[string, SubStepKey, Partial<SubStepCall>, Partial<BackendResult>]>([
    [
      'without the account’s password',
      'restaurantRegistration',
      { secrets: {} },
      { failure: 'MissingInput', detail: 'account.password' },
    ],
    [
      'without the user’s password',
      'createOnboardingUser',
      { secrets: {} },
      { failure: 'MissingInput', detail: 'onboarding.userPassword' },
    ],
    [
      'without a code',
      'websiteConfig',
      { outputs: {} },
      { failure: 'MissingInput', detail: 'codeGeneration.codeInjectionId' },
    ],
    ['without a menu', 'menuImport', { menuId: null }, { failure: 'MenuNotReady' }],
    ['without a menu for images', 'uploadImages', { menuId: null }, { failure: 'MenuNotReady' }],
    [
      'once it was cancelled',
      'servicesConfig',
      { signal: AbortSignal.abort() },
      { failure: 'BackendUnavailable' },
    ],
  ])('%s', async (_name, key, change, expected) => {
    expect(await perform(key, { json: { success: true } }, change)).toMatchObject({
      state: 'failed',
      ...expected,
    });
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(0);
  });
});

describe('requests', () => {
  it('send “none” as no tint, and the stored code', async () => {
    await perform('websiteConfig', { json: { success: true } });
    expect(server.requests[0]?.body).toMatchObject({
      codeInjectionId: 'code-1',
      filePaths: null,
      headerConfig: { enabled: true, backgroundSource: 'website_og_image' },
      itemsConfig: { layout: 'card' },
      textColorConfig: { navText: 'white', boxText: 'white' },
      navLogoTintConfig: { darkColor: null, lightColor: null },
      headerLogoTintConfig: { darkColor: null, lightColor: 'primary' },
    });
  });

  it('register the restaurant with the hours and the mode of the configuration', async () => {
    const call = subStepCall();
    await perform('restaurantRegistration', { json: { success: true } }, call);
    expect(server.requests[0]?.body).toMatchObject({
      registrationType: call.configuration.restaurant.registrationMode,
      hours: call.configuration.restaurant.opening_hours,
      password: ACCOUNT_PASSWORD,
    });
  });

  it.each(SUB_STEP_KEYS)('%s carries a password only where the backend needs it', async (key) => {
    await perform(key, { json: { success: true } });
    const sent = JSON.stringify(server.requests[0]?.body);
    const account = key === 'cloudwaitressAccount' || key === 'restaurantRegistration';
    expect(sent.includes(ACCOUNT_PASSWORD)).toBe(account);
    expect(sent.includes(ONBOARDING_PASSWORD)).toBe(key === 'createOnboardingUser');
  });
});

it('reports progress while it waits', async () => {
  server.answer(() => 'hang');
  const abort = new AbortController();
  const elapsed: number[] = [];
  const onProgress = (ms: number): void => {
    elapsed.push(ms);
    if (elapsed.length === 2) abort.abort();
  };
  const backend = createSetupBackend(backendSettings(server.url, { progressEveryMs: 20 }));
  const result = await backend.performCall(
    'servicesConfig',
    subStepCall({ onProgress, signal: abort.signal }),
  );
  expect(result).toMatchObject({ state: 'unclear' });
  expect(elapsed.length).toBeGreaterThanOrEqual(2);
});

describe('leak probe', () => {
  const quotes = [ACCOUNT_PASSWORD, ONBOARDING_PASSWORD].join(' ');
  const everywhere = {
    message: quotes,
    error: quotes,
    details: quotes,
    output: quotes,
    account_id: quotes,
    codeInjectionId: quotes,
    generatedAt: quotes,
    onboardingId: quotes,
    updatedFields: 1,
    demoStoreUrl: `https://x.example/${ACCOUNT_PASSWORD}`,
    includeConnectLink: true,
    stripeConnectUrl: `https://x.example/${ONBOARDING_PASSWORD}`,
    restaurant: {
      pumpd_subdomain: quotes,
      registration_status: 'completed',
      dashboard_url: `https://x.example/${ACCOUNT_PASSWORD}`,
    },
  };
  it.each(SUB_STEP_KEYS.flatMap((key) => [[key, 200] as const, [key, 500] as const]))(
    '%s, %i',
    async (key, status) => {
      const logged = ['log', 'info', 'warn', 'error', 'debug'].map((name) =>
        jest.spyOn(console, name as 'log').mockImplementation(() => undefined),
      );
      const result = await perform(key, { status, json: { success: status === 200, ...everywhere } });
      const seen = JSON.stringify([result, logged.map((spy) => spy.mock.calls)]);
      logged.forEach((spy) => spy.mockRestore());
      expect(seen).not.toContain(ACCOUNT_PASSWORD);
      expect(seen).not.toContain(ONBOARDING_PASSWORD);
    },
  );
});
