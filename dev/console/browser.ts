/** Chromium and the console's development sign-in, for tests, pictures and the bench. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { StackError } from '../stack/errors';
import { findTool } from '../stack/tools';

/** @throws StackError when there is no Chromium */
export async function startBrowser(): Promise<Browser> {
  const executablePath = findTool('chromium');
  if (executablePath === null) throw new StackError('chromium is missing: run `npm run setup -- --test`');
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
}

/** By the development sign-in, as one of the seeded people. */
export async function signIn(page: Page, email = 'admin@kereru.example'): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: new RegExp(`^${email.replaceAll('.', '\\.')}`) }).click();
  await page.getByRole('heading', { level: 1, name: 'Batches' }).waitFor();
}
