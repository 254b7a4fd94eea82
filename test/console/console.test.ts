/** @jest-environment ./test/console/environment.js */

/**
 * The console in a real browser against the whole embedded stack, one stack for all. Runs from dist: build first.
 * Each test goes on where the one before has left the batch.
 */
import type { Browser, Page } from 'playwright-core';
import { eventually, NO_RATE_LIMITS, startTestStack, type TestStack } from '../helpers/stack';
import { axeFindings, DIALOG, expectAccessible, openPage, startBrowser, type ConsolePage } from './browser';
import { prepareConsoleWorld, type ConsoleWorld } from './world';

const NAME = 'Ōpōtiki to Gisborne';

let stack: TestStack;
let world: ConsoleWorld;
let browser: Browser;
let opened: ConsolePage;
let page: Page;
let batchUrl = '';

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack({ speed: 200, env: NO_RATE_LIMITS }), startBrowser()]);
  world = await prepareConsoleWorld(stack, 6);
  await trouble(0, 'servicesConfig', 'wrong_password');
  await trouble(2, 'menuImport', 'hold');
  const { error } = await stack.supabase
    .from('restaurants')
    .update({ email: null, user_email: null })
    .eq('id', restaurantAt(1).id);
  if (error) throw new Error(error.message);
  opened = await openPage(browser, stack.service('api').url);
  page = opened.page;
}, 180_000);

afterAll(async () => {
  await opened?.close();
  await browser?.close();
  await stack?.stopAll();
}, 60_000);

afterEach(() => {
  // Whatever a test does, the policy refuses nothing of ours and no script of ours throws.
  expect(opened.faults).toEqual([]);
});

const restaurantAt = (index: number): { id: string; name: string } => {
  const one = world.restaurants[index];
  if (!one) throw new Error(`There is no restaurant ${index}`);
  return one;
};

/** Until it is cleared, as `console-<sub-step>`. */
async function trouble(index: number, subStep: string, kind: 'wrong_password' | 'hold'): Promise<void> {
  const { id: restaurantId } = restaurantAt(index);
  const rule = { id: `console-${subStep}`, system: 'backend', route: subStep, restaurantId } as const;
  await world.simulator.addFaults({ ...rule, kind, times: 1_000 });
}

test('says that its sign-in is the development one, and leads to where one wanted to go', async () => {
  await page.goto('/?group=finished');
  await page.getByText('Development sign-in').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: /^admin@/ }).click();
  await page.getByText('No batch is finished yet').waitFor();
  expect(await axeFindings(page)).toEqual([]);
}, 90_000);

test('makes a batch of six by the keyboard alone', async () => {
  await page.getByRole('link', { name: 'New batch' }).first().focus();
  await page.keyboard.press('Enter');
  const list = page.getByRole('grid', { name: 'Restaurants' });
  await list.getByRole('row').nth(5).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  const all = page.getByRole('checkbox', { name: 'Select all 6 shown' });
  await all.focus();
  await page.keyboard.press('Space');
  await page.getByText('6 chosen').waitFor();
  // One is taken out again, and put back.
  await list.getByRole('row').first().focus();
  await page.keyboard.press('Space');
  await page.getByText('5 chosen').waitFor();
  await page.keyboard.press('Space');
  await page.getByText('6 chosen').waitFor();
  const name = page.getByLabel('Name', { exact: true });
  await name.focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(NAME);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
  batchUrl = new URL(page.url()).pathname;
  expect(batchUrl).toMatch(/^\/batches\/[0-9a-f-]{36}$/);
  await page.getByRole('listitem').nth(5).waitFor();
  expect(await axeFindings(page)).toEqual([]);
}, 120_000);

test('chooses the companies by the keyboard alone', async () => {
  await page.evaluate('window.notReloaded = true');
  // Step 3 is reached, and told, without anybody asking.
  await page.getByText('6 restaurants need you.').waitFor();
  await page.getByRole('link', { name: 'Answer' }).focus();
  await page.keyboard.press('Enter');
  const question = page.getByRole('region', { name: 'The question' });
  const companies = question.getByRole('radiogroup', { name: 'The company of this restaurant' });
  const without = question.getByRole('button', { name: 'Go on without' });
  const heading = question.getByRole('heading', { level: 2 });
  const answered = new Set<string>();
  await page.getByRole('listbox', { name: 'What waits' }).getByRole('option').nth(5).waitFor();
  await page.keyboard.press('j');
  for (;;) {
    await companies.or(without).first().waitFor();
    const name = (await heading.textContent()) ?? '';
    if (answered.size === 0) expect(await axeFindings(page)).toEqual([]);
    expect(answered).not.toContain(name);
    answered.add(name);
    if (await without.isVisible()) {
      await without.focus();
    } else {
      await page.keyboard.press('1');
      await companies
        .getByRole('radio')
        .first()
        .and(companies.getByRole('radio', { checked: true }))
        .waitFor();
    }
    await page.keyboard.press('Enter');
    if (answered.size === 6) break;
    // The next question comes by itself.
    await heading.filter({ hasNotText: name }).waitFor();
  }
}, 180_000);

test('one setting is missing and says so beside its field, then all are confirmed', async () => {
  const options = page.getByRole('listbox', { name: 'What waits' }).getByRole('option');
  await eventually(async () => (await options.count()) === 6, 60_000);
  await options.filter({ hasText: restaurantAt(1).name }).click();
  await page.getByRole('heading', { level: 2, name: restaurantAt(1).name }).waitFor();
  const confirm = page.getByRole('button', { name: 'Confirm and set up' });
  await confirm.click();
  const wanting = page.locator('input[aria-invalid="true"]');
  // Whoever sent it is led to the first one.
  await wanting.first().and(page.locator(':focus')).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  for (let left = await wanting.count(); left > 0; left = await wanting.count()) {
    expect(await wanting.first().getAttribute('aria-describedby')).toBeTruthy();
    await wanting.first().fill('owner@opotiki.example');
  }
  await confirm.click();
  await page.getByRole('heading', { level: 2, name: restaurantAt(1).name }).waitFor({ state: 'detached' });
  await eventually(async () => (await options.count()) === 5);
  await page.getByRole('button', { name: 'Confirm several…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm several' });
  await dialog.getByText('All 5', { exact: true }).click();
  await dialog.getByRole('button', { name: 'Confirm 5' }).click();
  await page.getByText('5 of 5 restaurants were confirmed.').waitFor();
}, 180_000);

test('the set-up goes on before ones eyes, also over a restart of the API', async () => {
  await page.getByRole('link', { name: 'Batches' }).first().click();
  await page.getByRole('link', { name: NAME }).click();
  await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
  await stack.service('api').kill();
  await page.getByText('The connection is lost.').waitFor();
  await stack.service('api').start();
  await page.getByText('The connection is lost.').waitFor({ state: 'detached' });
  // One has failed; the one that is held outside may have been given up meanwhile.
  await page
    .getByText(/^4 completed · (1 running · 1 needs? you|2 need you), of 6$/)
    .waitFor({ timeout: 180_000 });
  expect(await page.evaluate('window.notReloaded')).toBe(true);
}, 300_000);

test('one that is not through is cancelled', async () => {
  await page.getByRole('link', { name: restaurantAt(2).name }).click();
  await page.getByRole('heading', { level: 1, name: restaurantAt(2).name }).waitFor();
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Cancel…' }).click();
  await page.getByLabel(/^Why/).fill('The owner has changed their mind.');
  await page.getByRole('button', { name: 'Cancel the restaurant' }).click();
  await world.simulator.clearFaults('console-menuImport');
  await page.getByRole('link', { name: NAME }).first().click();
  await page.getByText(/^4 completed · 1 needs? you · 1 cancelled, of 6$/).waitFor({ timeout: 90_000 });
}, 180_000);

test('what has failed says why, and is repaired', async () => {
  await page.getByRole('link', { name: restaurantAt(0).name }).click();
  await page.getByRole('heading', { level: 1, name: restaurantAt(0).name }).waitFor();
  await page.getByRole('button', { name: /^Actions: .*services/i }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  // The password is wrong: another run alone would end in the same way.
  const edit = page.getByRole('link', { name: 'Edit the settings' });
  const retry = page.getByRole('button', { name: 'Retry', exact: true });
  expect(await edit.or(retry).allTextContents()).toEqual(['Edit the settings', 'Retry']);
  for (const repair of ['Mark as done', 'Skip', 'Reset']) {
    await page.getByRole('button', { name: /^Actions: .*services/i }).click();
    await page.getByRole('menuitem', { name: `${repair}…` }).click();
    const dialog = page.locator(DIALOG);
    await dialog.waitFor();
    await expectAccessible(page, repair, DIALOG);
    // What cannot be taken back is not done without a reason.
    expect(await dialog.getByRole('button', { name: repair, exact: true }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  }
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Give up…' }).click();
  await page.getByRole('alertdialog', { name: 'Give this restaurant up' }).waitFor();
  await expectAccessible(page, 'give up', DIALOG);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Edit the settings' }).click();
  const colour = page.getByLabel('Primary colour');
  await colour.waitFor();
  await expectAccessible(page, 'edit the settings');
  await colour.fill('#224466');
  await page.getByRole('button', { name: 'Change and go on…' }).click();
  await page.locator(DIALOG).waitFor();
  await expectAccessible(page, 'why the settings are changed', DIALOG);
  await page.keyboard.press('Escape');
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: restaurantAt(0).name }).waitFor();
  await world.simulator.clearFaults('console-servicesConfig');
  await page.getByRole('button', { name: /^Actions: .*services/i }).click();
  await page.getByRole('menuitem', { name: 'Retry…' }).click();
  await page.getByRole('dialog').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('dialog').getByRole('button', { name: 'Retry', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: NAME }).first().click();
  await page.getByText(/^5 completed · 1 cancelled, of 6$/).waitFor({ timeout: 90_000 });
  await page.getByRole('tab', { name: 'Where the time went' }).click();
  await page.getByRole('tabpanel', { name: 'Where the time went' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(await page.evaluate('window.notReloaded')).toBe(true);
}, 180_000);

test('a password is shown to who says why, once, and is gone with its dialog', async () => {
  await page.goto(batchUrl);
  await page.getByRole('link', { name: restaurantAt(3).name }).click();
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Show a password…' }).click();
  await page.getByLabel(/^Why/).fill('The owner has lost it.');
  await page.getByRole('button', { name: 'Show it' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'The password' });
  const password = await dialog.locator('code').innerText();
  expect(password.length).toBeGreaterThan(7);
  await expectAccessible(page, 'the password', DIALOG);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'detached' });
  const seen: string = await page.evaluate(
    'document.body.outerHTML + JSON.stringify([{ ...sessionStorage }, { ...localStorage }])',
  );
  expect(seen).not.toContain(password);
  // Who saw it, and which answers led there, stands in the history.
  await page.getByRole('tab', { name: 'History' }).click();
  for (const words of ['A password was shown', 'The settings were confirmed', 'The company was chosen']) {
    await page.getByText(words).first().waitFor();
  }
}, 90_000);

test('its files come compressed to who can read it so, and are kept; what the API answers comes as it is', async () => {
  const { url } = stack.service('api');
  const ask = (path: string, headers: Record<string, string>) => fetch(url + path, { headers });
  const html = await (await ask('/', { accept: 'text/html' })).text();
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(js|css))"/g)];
  expect(new Set(files.map(([, , kind]) => kind))).toEqual(new Set(['js', 'css']));
  for (const [, path = '', kind] of files) {
    const plain = await ask(path, { 'accept-encoding': 'identity' });
    const text = await plain.text();
    expect(plain.headers.get('content-encoding')).toBeNull();
    for (const [accepted, encoding] of [
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip;q=0.5', 'gzip'],
    ] as const) {
      // What is small enough is served as it is.
      if (text.length < 1_024) continue;
      const answer = await ask(path, { 'accept-encoding': accepted });
      const { headers } = answer;
      expect({
        path,
        accepted,
        encoding: headers.get('content-encoding'),
        vary: headers.get('vary'),
      }).toEqual({
        path,
        accepted,
        encoding,
        vary: 'Accept-Encoding',
      });
      expect(headers.get('content-type')).toBe(`text/${kind === 'js' ? 'javascript' : 'css'}; charset=UTF-8`);
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(Number(headers.get('content-length'))).toBeLessThan(text.length / 2);
      expect((await answer.text()) === text).toBe(true);
      const again = await ask(path, {
        'accept-encoding': accepted,
        'if-none-match': headers.get('etag') ?? '',
        // As a browser's reload; else `fetch` adds that nothing kept will do.
        'cache-control': 'max-age=0',
      });
      expect({ status: again.status, vary: again.headers.get('vary') }).toEqual({
        status: 304,
        vary: 'Accept-Encoding',
      });
    }
  }
  const token = { authorization: `Bearer ${await stack.token()}`, 'accept-encoding': 'gzip, br' };
  for (const path of [
    '/openapi.json',
    '/api/registration-batches',
    `/api/registration-${batchUrl.slice(1)}/events`,
  ]) {
    const leave = new AbortController();
    const answer = await fetch(url + path, { headers: token, signal: leave.signal });
    expect({ path, status: answer.status, encoding: answer.headers.get('content-encoding') }).toEqual({
      path,
      status: 200,
      encoding: null,
    });
    leave.abort();
  }
}, 60_000);

test('a session that the server refuses ends with a word, and nothing else is lost', async () => {
  await page.goto(batchUrl);
  await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
  await page.evaluate(`{
    const key = 'registrations.development-session';
    const kept = JSON.parse(localStorage.getItem(key));
    localStorage.setItem(key, JSON.stringify({ ...kept, access_token: 'spoiled' }));
  }`);
  await page.getByText('Your session has ended.').waitFor();
  await page.getByRole('button', { name: /^admin@/ }).click();
  await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
}, 90_000);
