// Pictures of the console's pages at three widths, light and dark, into .dev/screenshots: to be looked at, not to be compared.
// Of every scene (scenes.mjs) beside a stack that `console:sample` has filled, or of one address:
// node dev/console/screenshots.mjs --url http://127.0.0.1:4000 [--only batches,job-] [--widths 390,1024,1440] [--themes light,dark]
//   [--path /batches/… --name batch] [--window]
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRequire } from 'node:module';
import { loaded, SCENES } from './scenes.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { startBrowser } = createRequire(import.meta.url)(path.join(root, 'dist/dev/console/browser.js'));
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

/** What begins so is chosen; all, where nothing is. */
const isChosen = (name) => values.only?.split(',').some((start) => name.startsWith(start)) ?? true;
const scenes = values.path
  ? { [values.name]: { open: (page) => page.goto(values.path) } }
  : Object.fromEntries(Object.entries(SCENES).filter(([name]) => isChosen(name)));

mkdirSync(values.out, { recursive: true });
const browser = await startBrowser();
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
  const look = async (from, name) => {
    await from.waitForTimeout(300);
    const size = await from.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    if (size[0] > size[1]) console.log(`  ${name} ${width}: ${size[0] - size[1]} px too wide`);
    await from.screenshot({
      path: path.join(values.out, `${name}-${width}-${theme}.png`),
      fullPage: !values.window,
    });
    console.log(`${name} ${width} ${theme}`);
  };
  await page.goto('/');
  await page.getByText('Development sign-in').waitFor();
  if (!values.path && isChosen('sign-in')) await look(page, 'sign-in');
  await page.getByRole('button', { name: /^admin@/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Batches' }).waitFor();
  for (const [name, { open, isLoading = false, isWide = false }] of Object.entries(scenes)) {
    if (isWide && width < 900) continue;
    // One of its own for each, so that what one has routed or opened is not in the next.
    const scene = await context.newPage();
    scene.on('pageerror', (error) => console.log(`  ${name}: ${error.message}`));
    try {
      await scene.goto('/');
      await open(scene);
      if (!isLoading) await loaded(scene);
      await look(scene, name);
    } catch (error) {
      console.log(`  ${name} ${width} ${theme}: ${error.message}`);
      process.exitCode = 1;
    }
    await context.setOffline(false);
    await scene.close();
  }
  await context.close();
}
