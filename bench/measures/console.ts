/** What a person sees of a large batch that runs: how soon the page is there, and how smooth it stays while it changes. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { signIn, startBrowser } from '../../dev/console/browser';
import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import { BenchWorld } from '../bench-world';
import type { Measure } from '../measure';
import { figureOf, percentile } from '../statistics';

/** Fast enough that something changes each second, and slow enough that the machine is not busy with the batch alone. */
const SPEED = 15;
/** Frames are counted for so long, ms. */
const WATCHED_MS = 15_000;

const VIEW = { viewport: { width: 1440, height: 900 }, locale: 'en-NZ' } as const;

/** Signed in, with nothing in its cache. */
async function freshContext(browser: Browser, baseURL: string): Promise<BrowserContext> {
  const first = await browser.newContext({ ...VIEW, baseURL });
  const page = await first.newPage();
  await signIn(page);
  const storageState = await first.storageState();
  await first.close();
  return browser.newContext({ ...VIEW, baseURL, storageState });
}

interface Look {
  firstPaintMs: number;
  rowsMs: number;
  /** Between one frame and the next, ms. */
  frames: number[];
}

/** From the request of the page: the browser's own first contentful paint, and the first of the batch's restaurants. */
async function lookAt(page: Page, address: string): Promise<Omit<Look, 'frames'>> {
  const from = performance.now();
  await page.goto(address, { waitUntil: 'commit' });
  await page.locator('main a[href*="/jobs/"]').first().waitFor();
  const rowsMs = performance.now() - from;
  const firstPaintMs = await page.evaluate<number>(
    `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
  );
  return { firstPaintMs, rowsMs };
}

const framesOf = (page: Page): Promise<number[]> =>
  page.evaluate<number[]>(`new Promise((resolve) => {
    const frames = [];
    const end = performance.now() + ${WATCHED_MS};
    const next = (last) => requestAnimationFrame((now) => {
      frames.push(now - last);
      if (now < end) next(now); else resolve(frames.slice(1));
    });
    next(performance.now());
  })`);

async function lookOnce(
  browser: Browser,
  url: string,
  address: string,
  say: (line: string) => void,
): Promise<Look> {
  const context = await freshContext(browser, url);
  const page = await context.newPage();
  const times = await lookAt(page, address);
  const look = { ...times, frames: await framesOf(page) };
  await context.close();
  say(`first paint ${times.firstPaintMs.toFixed(0)} ms, rows ${times.rowsMs.toFixed(0)} ms`);
  return look;
}

/** Answers until all of the batch are in step 6; goes on in the background from there. */
async function runningBatch(
  world: BenchWorld,
  size: number,
): Promise<{ id: string; over: Promise<unknown> }> {
  const batch = await world.prepareBatch(size, 1);
  await world.api.start(batch.id);
  await world.answerUntil(batch, (jobs) => jobs.every((job) => job.current_step === 6));
  return { id: batch.id, over: world.playToEnd(batch) };
}

export const consolePage: Measure = {
  name: 'console',
  usual: { alone: { restaurants: 100, repeats: 3 }, among: { restaurants: 40, repeats: 2 } },
  async run({ restaurants, repeats, say }) {
    const [world, browser] = await Promise.all([
      BenchWorld.start({ speed: SPEED, env: { LOG_LEVEL: 'error' } }),
      startBrowser(),
    ]);
    const { url } = world.stack.service('api');
    try {
      const { id, over } = await runningBatch(world, restaurants);
      const looks: Look[] = [];
      const look = async (): Promise<void> => {
        for (let n = 0; n < repeats; n += 1) looks.push(await lookOnce(browser, url, `/batches/${id}`, say));
      };
      // It may come to its end meanwhile; that it cannot go on would make the looks worthless.
      await Promise.race([look(), over.then(() => new Promise<never>(() => undefined))]);
      const frames = (part: number) => figureOf('ms', looks, (look) => percentile(look.frames, part));
      return {
        how: `The page of a running batch of ${restaurants} restaurants with ${SUB_STEP_KEYS.length} sub-steps each, at ${SPEED} times real speed, in Chromium on the same machine, each time with an empty cache; then the time between frames for ${WATCHED_MS / 1_000} s of live changes`,
        rows: [
          {
            name: 'first contentful paint',
            figure: figureOf('ms', looks, ({ firstPaintMs }) => firstPaintMs),
            goal: { atMost: 1_000 },
          },
          {
            name: 'the first restaurants are shown',
            figure: figureOf('ms', looks, ({ rowsMs }) => rowsMs),
          },
          { name: 'from frame to frame, p50', figure: frames(0.5) },
          { name: 'from frame to frame, p95', figure: frames(0.95) },
          { name: 'from frame to frame, longest', figure: frames(1) },
        ],
      };
    } finally {
      await browser.close();
      await world.end();
    }
  },
};
