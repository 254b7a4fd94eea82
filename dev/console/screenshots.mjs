// Pictures of the console's pages at three widths, light and dark, into .dev/screenshots: to be looked at, not to be compared.
// node dev/console/screenshots.mjs --url http://127.0.0.1:4000 [--only batches,sign-in] [--widths 390,1024,1440] [--themes light,dark]
//   [--path /batches/… --name batch]
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { findTool } = createRequire(import.meta.url)(path.join(root, 'dist/dev/stack/tools.js'));
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:4000' },
    out: { type: 'string', default: path.join(root, '.dev', 'screenshots') },
    widths: { type: 'string', default: '390,1024,1440' },
    themes: { type: 'string', default: 'light,dark' },
    only: { type: 'string' },
    path: { type: 'string' },
    name: { type: 'string', default: 'page' },
    /** Seen of the page only: the window; else the whole page. */
    window: { type: 'boolean', default: false },
  },
});

const PAGES = {
  'sign-in': { path: '/', out: true },
  batches: { path: '/' },
  'new-batch': { path: '/batches/new' },
  'needs-you': { path: '/needs-you' },
};
const pages = values.path
  ? { [values.name]: { path: values.path } }
  : Object.fromEntries(
      Object.entries(PAGES).filter(([name]) => values.only?.split(',').includes(name) ?? true),
    );

mkdirSync(values.out, { recursive: true });
const browser = await chromium.launch({
  executablePath: findTool('chromium') ?? undefined,
  args: ['--no-sandbox', '--disable-background-networking', '--disable-dev-shm-usage'],
});
try {
  for (const theme of values.themes.split(',')) {
    for (const width of values.widths.split(',').map(Number)) await shoot(theme, width);
  }
} finally {
  await browser.close();
}

async function shoot(theme, width) {
  const context = await browser.newContext({
    baseURL: values.url,
    viewport: { width, height: width < 600 ? 844 : 900 },
    deviceScaleFactor: 1,
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-NZ',
  });
  const page = await context.newPage();
  page.on('console', (line) => line.type() === 'error' && console.log(`  ${line.text()}`));
  page.on('pageerror', (error) => console.log(`  ${error.message}`));
  const save = (name) =>
    page.screenshot({
      path: path.join(values.out, `${name}-${width}-${theme}.png`),
      fullPage: !values.window,
    });
  await page.goto('/');
  await page.getByText('Development sign-in').waitFor();
  if (pages['sign-in']) await save('sign-in');
  await page.getByRole('button', { name: /^admin@/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Batches' }).waitFor();
  for (const [name, { path: address, out }] of Object.entries(pages)) {
    if (out) continue;
    await page.goto(address);
    await page.getByRole('heading', { level: 1 }).waitFor();
    // An event stream never ends, so the network is never idle: what is loading says so.
    await page.waitForFunction(() => !document.querySelector('[data-skeleton]'), undefined, {
      timeout: 15_000,
    });
    await page.waitForTimeout(300);
    await save(name);
    console.log(`${name} ${width} ${theme}`);
  }
  await context.close();
}
