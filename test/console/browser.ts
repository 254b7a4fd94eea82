/** Chromium and the console's page in it, with what every test of the console watches for. */
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { packageFile } from '../../dev/stack/paths';

export interface ConsolePage {
  page: Page;
  /** What went wrong unseen: refusals of the content security policy, errors of our scripts, failed loads of our own files. */
  faults: string[];
  close(): Promise<void>;
}

export interface PageOptions {
  width?: number;
  height?: number;
  theme?: 'light' | 'dark';
}

/** A busy machine shows things late. */
const PATIENCE_MS = 60_000;

/** A browser test that is skipped proves nothing: without Chromium it throws. */
export { signIn, startBrowser } from '../../dev/console/browser';

export async function openPage(
  browser: Browser,
  url: string,
  { width = 1440, height = 900, theme = 'light' }: PageOptions = {},
): Promise<ConsolePage> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-NZ',
  });
  const faults: string[] = [];
  await watchPolicy(context, faults);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (line) => {
    // What the policy refuses is told above; that the server is away is for the page to tell.
    if (line.type() === 'error' && !/Failed to load resource|Content Security Policy/.test(line.text()))
      faults.push(`console: ${line.text()}`);
  });
  tellFailuresOf(page);
  return { page, faults, close: () => context.close() };
}

/** Called by the tests' environment (environment.js). */
function tellFailuresOf(page: Page): void {
  Object.assign(globalThis, {
    tellWhatIsShown: async (test: string): Promise<void> => {
      const shown = await page.locator('body').ariaSnapshot({ timeout: 5_000 }).catch(String);
      const focused = await page.evaluate('document.activeElement?.outerHTML.slice(0, 300)').catch(String);
      process.stdout.write(
        `What was shown when this failed: ${test}\n${page.url()}\nfocus: ${String(focused)}\n${shown}\n`,
      );
    },
  });
}

async function watchPolicy(context: BrowserContext, faults: string[]): Promise<void> {
  await context.exposeBinding('tellRefused', (_source, text: string) => void faults.push(`policy: ${text}`));
  await context.addInitScript(`
    document.addEventListener('securitypolicyviolation', (event) =>
      window.tellRefused(event.violatedDirective + ' ' + (event.blockedURI || 'inline') + ' ' + event.sourceFile));
  `);
}

export interface AxeFinding {
  id: string;
  impact: string | null;
  help: string;
  targets: string[];
}

const AXE = readFileSync(packageFile('axe-core', 'axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * What axe finds on the page as it is, but for what it calls minor. Left out is a rule that axe itself calls experimental: it takes a
 * note that is named by its sentence, and has a button in it, for one with a wrong name.
 * Nor is the place looked at where React Aria says things to screen readers: it may name what is gone a moment later.
 * Evaluated from outside, so that the policy stays as it is.
 * @param within Of an open dialog the rest of the page need not be looked at again.
 */
export async function axeFindings(page: Page, within = 'html'): Promise<AxeFinding[]> {
  const tags = JSON.stringify(RULES);
  const place = JSON.stringify({ include: [within], exclude: [['[data-live-announcer]']] });
  await loadAxe(page);
  const found: AxeFinding[] = await page.evaluate(`(async () => {
    const { violations } = await window.axe.run(${place}, { runOnly: { type: 'tag', values: ${tags} }, rules: { 'label-content-name-mismatch': { enabled: false } } });
    return violations.map(({ id, impact, help, nodes }) =>
      ({ id, impact: impact ?? null, help, targets: nodes.slice(0, 5).map((node) => node.html.slice(0, 300) + ': ' + node.failureSummary) }));
  })()`);
  return found.filter(({ impact }) => impact !== 'minor');
}

/** Once a page: it is half a megabyte. */
async function loadAxe(page: Page): Promise<void> {
  if (await page.evaluate("'axe' in window")) return;
  await page.evaluate(`(() => { const module = undefined, define = undefined; ${AXE} })()`);
}

/** Notes at the edge are alert dialogs too, but none that one must answer. */
export const DIALOG = ':is([role="dialog"], [role="alertdialog"]):not([aria-modal="false"])';

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

/** At both widths: what is beside each other on a wide screen is below each other on a phone. */
export async function expectAccessible(page: Page, what: string, within?: string): Promise<void> {
  for (const size of [PHONE, WIDE]) {
    await page.setViewportSize(size);
    const { width } = size;
    expect({ what, width, found: await axeFindings(page, within) }).toEqual({ what, width, found: [] });
  }
}
