/** @jest-environment ./test/console/environment.js */

/** The pages of a batch, of a restaurant and the inbox in a real browser, on restaurants that wait for their company. One stack for all. */
import type { Browser, Page, Route } from 'playwright-core';
import type { Job } from '../../dev/demo/api-client';
import { generateRestaurants } from '../../dev/demo/generator';
import { AUTH_PASSWORD, AUTH_PERSON, startAuthStub, type AuthStub } from '../helpers/auth-stub';
import { Operator } from '../helpers/operator';
import { eventually, NO_RATE_LIMITS, startTestStack, type TestStack } from '../helpers/stack';
import { DIALOG, expectAccessible, openPage, signIn, startBrowser, type ConsolePage } from './browser';

let stack: TestStack;
let browser: Browser;
let operator: Operator;
let opened: ConsolePage;

const ANON_KEY = 'anon-key-of-the-project';

const waitsAt =
  (step: number) =>
  ({ status, current_step }: Job): boolean =>
    status === 'action_required' && current_step === step;
const question = (page: Page) => page.getByRole('region', { name: 'The question' });
beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack({ speed: 200, env: NO_RATE_LIMITS }), startBrowser()]);
  operator = await Operator.begin(stack, generateRestaurants(5));
  await operator.until((all) => all.every(waitsAt(3)), { answering: false });
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await stack?.stopAll();
}, 60_000);

beforeEach(async () => {
  opened = await openPage(browser, stack.service('api').url);
  await signIn(opened.page);
}, 60_000);

afterEach(async () => {
  await opened?.close();
  expect(opened.faults).toEqual([]);
});

/** Each address at both widths: what is beside each other on a wide screen is below each other on a phone. */
test('axe finds nothing on the pages of a batch, a restaurant and the inbox', async () => {
  const { page } = opened;
  const batch = `/batches/${operator.batchId}`;
  const [{ id }] = await waiting(3);
  const job = `${batch}/jobs/${id}`;
  for (const address of [batch, `${batch}?tab=time`, job, `${job}?tab=history`, `/needs-you?job=${id}`]) {
    await page.goto(address);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('[data-skeleton]').first().waitFor({ state: 'detached' });
    await expectAccessible(page, address);
  }
}, 180_000);

/** Where a dialog is reached: what is pressed one after the other, last in the menu that is open then. */
const DIALOGS: readonly { on: 'inbox' | 'batch' | 'job'; press: readonly [RegExp, RegExp?] }[] = [
  { on: 'inbox', press: [/^Search again/] },
  { on: 'inbox', press: [/^Enter by hand/] },
  { on: 'inbox', press: [/^Keyboard shortcuts/] },
  { on: 'batch', press: [/^More/, /^Pause/] },
  { on: 'batch', press: [/^More/, /^Cancel/] },
  { on: 'job', press: [/^More/, /^Show a password/] },
  { on: 'job', press: [/^More/, /^Build the record anew/] },
  { on: 'job', press: [/^More/, /^Cancel/] },
];

test('axe finds nothing on the dialogs of a batch, a restaurant and the inbox', async () => {
  const { page } = opened;
  const [{ id }] = await waiting(3);
  const batch = `/batches/${operator.batchId}`;
  const addresses = { inbox: `/needs-you?job=${id}`, batch, job: `${batch}/jobs/${id}` };
  let shown: string | null = null;
  for (const { on, press } of DIALOGS) {
    if (shown !== on) await page.goto(addresses[on]);
    shown = on;
    const [button, entry] = press;
    await page.getByRole('button', { name: button }).click();
    if (entry) {
      await page.getByRole('menu').waitFor();
      await expectAccessible(page, `menu before ${entry}`, '[role="menu"]');
      await page.getByRole('menuitem', { name: entry }).click();
    }
    await page.locator(DIALOG).waitFor();
    await expectAccessible(page, String(entry ?? button), DIALOG);
    await page.keyboard.press('Escape');
    await page.locator(DIALOG).waitFor({ state: 'detached' });
  }
}, 240_000);

test('axe finds nothing on an empty inbox, nor where an extraction failed and one may go on without it', async () => {
  const { page } = opened;
  const [{ id }] = await waiting(3);
  await page.route('**/action-required*', async (route) => {
    const response = await route.fetch();
    const none = { waiting: [], paused_batches: [], total_count: 0 };
    await route.fulfill({ response, json: { ...(await response.json()), ...none } });
  });
  await page.goto('/needs-you');
  await page.getByText('Nothing needs you').waitFor();
  await expectAccessible(page, 'an empty inbox');
  await page.route(`**/registration-batches/jobs/${id}`, async (route) => {
    const response = await route.fetch();
    const answer = (await response.json()) as { job: Job & { steps: { step_number: number }[] } };
    const steps = answer.job.steps.map((step) =>
      step.step_number === 1 ? { ...step, status: 'failed', error_message: 'No menu came.' } : step,
    );
    // Newer than what the stream tells.
    const told = { status: 'action_required', current_step: 1, updated_at: '2999-01-01T00:00:00Z' };
    await route.fulfill({ response, json: { ...answer, job: { ...answer.job, ...told, steps } } });
  });
  await page.goto(`/batches/${operator.batchId}/jobs/${id}`);
  await page.getByRole('button', { name: 'Go on without' }).click();
  const dialog = page.getByRole('dialog', { name: 'Go on without the extraction' });
  await expectAccessible(page, 'go on without', DIALOG);
  // What the audit needs is asked for.
  expect(await dialog.getByRole('button', { name: 'Go on', exact: true }).isDisabled()).toBe(true);
}, 120_000);

test('several companies are chosen by keyboard and sent at once; the focus goes along', async () => {
  const { page } = opened;
  const [first] = await waiting(3);
  await page.goto(`/needs-you?job=${first.id}`);
  for (const count of [1, 2]) {
    await question(page).getByRole('radio').first().waitFor();
    const name = await question(page).getByRole('heading', { level: 2 }).innerText();
    await page.keyboard.press('0');
    await question(page)
      .getByRole('radio', { name: /^None of them/, checked: true })
      .waitFor();
    await question(page).getByRole('button', { name: 'Keep, and send with others' }).press('Enter');
    await page.getByRole('button', { name: new RegExp(`^Send ${count} kept`) }).waitFor();
    await question(page).locator('h2:focus').filter({ hasNotText: name }).waitFor();
  }
  expect(await waiting(3)).toHaveLength(5);
  const send = page.getByRole('button', { name: 'Send 2 kept choices' });
  await refuseOnce(page, '**/steps/3/complete', 'The list is being replaced.');
  await send.press('Enter');
  // The note stays until it is closed, and the keys work on beside it.
  await page.getByRole('alertdialog').getByText('The list is being replaced.').waitFor();
  const name = await question(page).getByRole('heading', { level: 2 }).innerText();
  await page.keyboard.press('k');
  await question(page).locator('h2:focus').filter({ hasNotText: name }).waitFor();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close' }).press('Enter');
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await send.press('Enter');
  await page.getByText('2 of 2 companies were chosen.').waitFor();
  await operator.until((all) => all.filter(waitsAt(3)).length === 3, { answering: false });
}, 90_000);

test('a verdict that comes late leads nobody away from where they have gone on to', async () => {
  const { page } = opened;
  const [job] = await waiting(3);
  await page.goto(`/needs-you?job=${job.id}`);
  await question(page).getByRole('radio').first().waitFor();
  const answered = await question(page).getByRole('heading', { level: 2 }).innerText();
  let release = (): void => undefined;
  const asked = new Promise<void>((sent) => {
    void page.route('**/steps/3/complete', async (route) => {
      sent();
      await new Promise<void>((go) => (release = go));
      const results = [{ job_id: job.id, accepted: true, decision_id: 'd', result: 'applied' }];
      await route.fulfill({ json: { results, rejected: [], next_step: 4, auto_processing: true } });
    });
  });
  await page.keyboard.press('1');
  await page.keyboard.press('Enter');
  await asked;
  const options = page.getByRole('listbox', { name: 'What waits' }).getByRole('option');
  const other = options.filter({ hasNotText: answered }).last();
  await other.click();
  await question(page).locator('h2').filter({ hasNotText: answered }).waitFor();
  const address = page.url();
  release();
  await page.getByText('The company was chosen.').waitFor();
  // Asked of the page itself, which has acted on the verdict before it could show it.
  expect(await page.evaluate('location.href')).toBe(address);
}, 60_000);

test('nor away from the next question of the same restaurant', async () => {
  const { page } = opened;
  const [job] = await waiting(3);
  await page.goto(`/needs-you?job=${job.id}`);
  await question(page).getByRole('radio').first().waitFor();
  let release = (): void => undefined;
  const isReleased = new Promise<void>((go) => (release = go));
  await page.route('**/steps/3/complete', async (route) => {
    const response = await route.fetch();
    await isReleased;
    await route.fulfill({ response });
  });
  await page.keyboard.press('1');
  await page.keyboard.press('Enter');
  const confirm = question(page).getByRole('button', { name: 'Confirm and set up' });
  await confirm.waitFor();
  const address = page.url();
  release();
  await page.getByText('The company was chosen.').waitFor();
  expect(await page.evaluate('location.href')).toBe(address);
  expect(await confirm.count()).toBe(1);
}, 90_000);

test('who comes second is told who was first and what is true now, and not that it was taken', async () => {
  const { page } = opened;
  await signInAnew(page, 'user@kereru.example');
  const [job] = await waiting(3);
  await page.goto(`/needs-you?job=${job.id}`);
  await question(page).getByRole('radio').first().waitFor();
  // What the page shows stays as it is while somebody else answers.
  await page.route('**/action-required*', (route) => route.abort());
  await operator.api.select(operator.batchId, { [job.id]: { no_match: true } });
  await operator.until((all) => !all.filter(waitsAt(3)).some(({ id }) => id === job.id), {
    answering: false,
  });
  await page.keyboard.press('1');
  await page.route('**/steps/3/complete', async (route) => {
    await page.unroute('**/action-required*');
    await route.continue();
  });
  await page.keyboard.press('Enter');
  await page
    .getByRole('alertdialog')
    .getByText('It was answered by admin@kereru.example before your answer came, so yours was not taken.')
    .waitFor();
  // It has gone on without details of a company, and asks for its settings; the list says the same.
  await question(page).getByRole('button', { name: 'Confirm and set up' }).waitFor();
  await question(page).getByRole('radio').first().waitFor({ state: 'detached' });
  expect(await page.getByText('The company was chosen.').count()).toBe(0);
}, 90_000);

test('axe finds nothing on the settings and their dialogs; unique settings are never copied', async () => {
  const { page } = opened;
  await operator.until((all) => all.filter(waitsAt(5)).length >= 2, { answering: false });
  const [job] = await waiting(5);
  await page.goto(`/needs-you?job=${job.id}`);
  await question(page).getByLabel('Primary colour').fill('#224466');
  await question(page).getByLabel('Subdomain').fill('only-mine');
  await expectAccessible(page, 'the settings');
  for (const [button, title] of [
    ['Confirm several…', 'Confirm several'],
    ['Copy changes to others…', 'Copy changes to others'],
  ] as const) {
    await page.getByRole('button', { name: button }).click();
    await page.getByRole('dialog', { name: title }).waitFor();
    await expectAccessible(page, title, DIALOG);
    if (button === 'Confirm several…') await page.keyboard.press('Escape');
  }
  await page.getByRole('dialog').getByRole('button', { name: 'Copy', exact: true }).click();
  const kept: Record<string, string> = await page.evaluate('({ ...sessionStorage })');
  const others = Object.entries(kept).filter(([name]) => !name.endsWith(job.id));
  expect(others.length).toBeGreaterThan(0);
  for (const [, draft] of others) expect(JSON.parse(draft)).toEqual({ 'website.primaryColor': '#224466' });
}, 120_000);

test('a password stands in no storage of the browser, and nowhere on the page once it was sent', async () => {
  const { page } = opened;
  await operator.until((all) => all.some(waitsAt(5)), { answering: false });
  const [job] = await waiting(5);
  await page.goto(`/needs-you?job=${job.id}`);
  const secret = 'Correct-horse-7-battery';
  await question(page).getByLabel('Password', { exact: true }).fill(secret);
  await question(page).getByLabel('Primary colour').fill('#224466');
  const kept: string = await page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }])');
  expect(kept).toContain('#224466');
  expect(kept).not.toContain(secret);
  await question(page).getByRole('button', { name: 'Confirm and set up' }).click();
  await page.getByText('The set-up begins.').waitFor();
  const seen: string = await page.evaluate(
    'document.body.outerHTML + [...document.querySelectorAll("input")].map((input) => input.value) + JSON.stringify({ ...sessionStorage })',
  );
  expect(seen).not.toContain(secret);
  expect(seen).not.toContain('#224466');
}, 90_000);

test('with Supabase Auth one signs in by password, stays in, and is told when the session has ended', async () => {
  const { page } = opened;
  await withSupabase(page, async (auth) => {
    const enter = (password: string) => enterPassword(page, password);
    const batches = page.getByRole('heading', { level: 1, name: 'Batches' });
    await enter('wrong');
    await page.getByRole('alert').getByText('do not belong together').waitFor();
    await expectAccessible(page, 'sign-in with a password');
    // It ends in a moment, so what comes next is asked with a renewed one.
    auth.lifetimeSeconds = 5;
    await enter(AUTH_PASSWORD);
    await batches.waitFor();
    auth.lifetimeSeconds = 3_600;
    await page.reload();
    await batches.waitFor();
    expect(auth.calls.slice(0, 3)).toEqual(['password', 'password', 'refresh_token']);
    const kept: string = await page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }])');
    expect(kept).toContain(AUTH_PERSON.email);
    expect(kept).not.toContain(AUTH_PASSWORD);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Password').waitFor();
    expect(await page.getByText('has ended').count()).toBe(0);
    await eventually(() => auth.calls.includes('logout'));
    // Renewed no more, e.g. since it was ended everywhere.
    auth.lifetimeSeconds = 5;
    await enter(AUTH_PASSWORD);
    await batches.waitFor();
    auth.revoke();
    await page.getByText('Your session has ended.').waitFor();
    await page.getByLabel('Password').waitFor();
  });
}, 120_000);

test('while Supabase Auth is not itself nobody is signed out: the lost connection is told, and the session renewed later', async () => {
  const { page } = opened;
  await withSupabase(page, async (auth) => {
    auth.lifetimeSeconds = 5;
    await enterPassword(page, AUTH_PASSWORD);
    const batch = page.locator(`main a[href="/batches/${operator.batchId}"]`).first();
    await batch.waitFor();
    const lost = page.getByText('The connection is lost.');
    for (const status of [500, 429]) {
      auth.failsWith = status;
      await lost.waitFor();
      expect(await batch.count()).toBe(1);
      // Left and come back to: still the same person, with nothing to show yet.
      await page.reload();
      await lost.waitFor();
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      auth.failsWith = null;
      await batch.waitFor();
      await lost.waitFor({ state: 'detached' });
    }
    expect(auth.calls.filter((call) => call !== 'refresh_token')).toEqual(['password']);
  });
}, 180_000);

test('a page that is asked for, not streamed, tells that the API is out of reach, and catches up by itself', async () => {
  const { page } = opened;
  await page.goto('/');
  const batch = page.locator(`main a[href="/batches/${operator.batchId}"]`).first();
  await batch.waitFor();
  const lost = page.getByText('The connection is lost.');
  const toApi = /\/api\//;
  for (const answer of [
    (route: Route) => route.abort(),
    (route: Route) => route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }),
  ]) {
    await page.route(toApi, answer);
    await lost.waitFor();
    // What was there stays.
    expect(await batch.count()).toBe(1);
    await page.unroute(toApi, answer);
    await lost.waitFor({ state: 'detached' });
  }
  // An answer of the API is no lost connection, whatever it says.
  const error = { code: 'INTERNAL_ERROR', message: 'Something went wrong.', retryable: false };
  const refuse = (route: Route) => route.fulfill({ status: 500, json: { error } });
  await page.route(toApi, refuse);
  await page.reload();
  await page.getByText(error.message).first().waitFor();
  expect(await lost.count()).toBe(0);
  await page.unroute(toApi, refuse);
}, 180_000);

async function enterPassword(page: Page, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(AUTH_PERSON.email);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

/** As somebody else than the one who is signed in. */
async function signInAnew(page: Page, email: string): Promise<void> {
  await page.evaluate('localStorage.clear()');
  await signIn(page, email);
}

/** Nobody signed in, and Supabase Auth under the console's own origin: another one's name is in the policy that its API sends. */
async function withSupabase(page: Page, use: (auth: AuthStub) => Promise<void>): Promise<void> {
  const base = `${stack.service('api').url}/supabase`;
  const config = {
    signIn: { mode: 'supabase', url: base, anonKey: ANON_KEY },
    temporalUi: null,
  };
  const auth = await startAuthStub(ANON_KEY, await stack.token());
  try {
    await page.route('**/console/config.json', (route) => route.fulfill({ json: config }));
    await page.route(`${base}/**`, (route) =>
      route.continue({ url: route.request().url().replace(base, auth.url) }),
    );
    await page.evaluate('localStorage.clear()');
    await page.goto('/');
    await use(auth);
  } finally {
    await auth.stop();
  }
}

/** Answers one request in the API's place, as it answers what is against a rule. */
async function refuseOnce(page: Page, url: string, message: string): Promise<void> {
  const error = { code: 'CONFLICT', message, retryable: false };
  await page.route(url, (route) => route.fulfill({ status: 409, json: { error } }), { times: 1 });
}

/** At least one, or the test has nothing to work on. */
async function waiting(step: number): Promise<[Job, ...Job[]]> {
  const [first, ...others] = (await operator.jobs()).filter(waitsAt(step));
  if (!first) throw new Error(`None waits at step ${step}`);
  return [first, ...others];
}
