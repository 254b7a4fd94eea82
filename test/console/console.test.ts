/** The console in a real browser against the whole embedded stack. One stack for all. */
import type { Browser } from 'playwright-core';
import { startTestStack, type TestStack } from '../helpers/stack';
import { axeFindings, openPage, signIn, startBrowser, type ConsolePage } from './browser';

let stack: TestStack;
let browser: Browser;
let opened: ConsolePage;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack({ speed: 200 }), startBrowser()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await stack?.stopAll();
}, 60_000);

beforeEach(async () => {
  opened = await openPage(browser, stack.service('api').url);
});

afterEach(async () => {
  await opened?.close();
  // Whatever a test does, the policy refuses nothing of ours and no script of ours throws.
  expect(opened.faults).toEqual([]);
});

test('says that its sign-in is the development one, and lets in', async () => {
  const { page } = opened;
  await page.goto('/batches/new?search=x');
  await page.getByText('Development sign-in').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await signIn(page);
  expect(await axeFindings(page)).toEqual([]);
}, 60_000);
