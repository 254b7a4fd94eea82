/**
 * What there is to look at in the console: each page in each state, and its dialogs. They find their batches by the names that
 * `console:sample` gives them, and change nothing, but that what is held up is run again where something must run.
 */

/** @typedef {import('playwright-core').Page} Page */

const KEY = 'registrations.development-session';

/** The newest batch of this name, and its restaurants. */
async function batchOf(page, name) {
  const ask = (path) =>
    page.evaluate(
      async ([address, key]) => {
        const { access_token: token } = JSON.parse(localStorage.getItem(key));
        return (await fetch(address, { headers: { Authorization: `Bearer ${token}` } })).json();
      },
      [`/api/registration-batches${path}`, KEY],
    );
  const { batch_jobs: found } = await ask(`?search=${encodeURIComponent(name)}&limit=1`);
  if (!found?.[0]) throw new Error(`There is no batch “${name}”: run npm run console:sample`);
  const { registration_jobs: jobs } = await ask(`/${found[0].id}`);
  return { id: found[0].id, jobs };
}

const batch =
  (name, query = '') =>
  async (page) =>
    page.goto(`/batches/${(await batchOf(page, name)).id}${query}`);

/** The page of the first restaurant of a batch that a status is true of. */
const job =
  (name, status, query = '') =>
  async (page) => {
    const { id, jobs } = await batchOf(page, name);
    const one = jobs.find((each) => each.status === status) ?? jobs[0];
    await page.goto(`/batches/${id}/jobs/${one.id}${query}`);
  };

const question =
  (name, query = '') =>
  async (page) => {
    const { jobs } = await batchOf(page, name);
    const one = jobs.find((each) => each.status === 'action_required');
    await page.goto(`/needs-you?job=${one.id}${query}`);
    await page.getByRole('region', { name: 'The question' }).getByRole('heading', { level: 2 }).waitFor();
    await loaded(page);
  };

const then =
  (open, ...acts) =>
  async (page) => {
    await open(page);
    await loaded(page);
    for (const act of acts) await act(page);
  };

const press = (role, name) => (page) => page.getByRole(role, { name }).first().click();

/** The menu of a sub-step, and what is chosen in it. */
const subStep = (label, entry) => async (page) => {
  await page.getByRole('button', { name: `Actions: ${label}` }).click();
  if (entry) await page.getByRole('menuitem', { name: entry }).click();
};

/** An event stream never ends, so the network is never idle: what is loading says so. */
export async function loaded(page) {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector('[data-skeleton]'), undefined, {
    timeout: 20_000,
  });
}

const MARKET = 'Kirikiriroa night market';

/** It is held up at the service again, after as long as a call may take: until then it runs. */
const runs = async (page) => {
  const again = page.getByRole('button', { name: 'Retry what failed' });
  if (await again.isVisible()) await again.click();
  await page
    .getByText(/\d running/)
    .first()
    .waitFor();
};

/** What the API would answer if nothing waited for anybody. */
const emptyInbox = async (page) => {
  await page.route('**/action-required*', async (route) => {
    const response = await route.fetch();
    const none = { waiting: [], paused_batches: [], total_count: 0 };
    await route.fulfill({ response, json: { ...(await response.json()), ...none } });
  });
  await page.goto('/needs-you');
};

/** The API is not asked, which would write it down. */
const revealed = async (page) => {
  const json = { success: true, login: 'owner@nelson.example', password: 'Kea-lands-7-quiet-harbours' };
  await page.route('**/credentials/reveal', (route) => route.fulfill({ json }));
  await page.getByLabel(/^Why/).fill('The owner has lost it.');
  await page.getByRole('button', { name: 'Show it' }).click();
  await page.getByRole('alertdialog', { name: 'The password' }).waitFor();
};

const REBUILD = 'Ōtautahi rebuild';
const at = (path) => (page) => page.goto(path);
const API = '**/api/registration-batches**';

/** `open`: leads there. `isLoading`: what loads is what is looked at. `isWide`: not on a phone. */
export const SCENES = {
  batches: { open: at('/?group=all') },
  'batches-active': { open: at('/?group=active') },
  'batches-needs-you': { open: at('/?group=needs_you') },
  'batches-finished': { open: at('/?group=finished') },
  'batches-nothing-matches': { open: at('/?search=zzz') },
  'batches-loading': {
    isLoading: true,
    open: async (page) => {
      await page.route(API, () => undefined);
      await page.goto('/');
      await page.locator('[data-skeleton]').first().waitFor();
    },
  },
  'batches-error': {
    open: async (page) => {
      const error = { code: 'INTERNAL', message: 'Something went wrong on our side.', retryable: false };
      await page.route(API, (route) => route.fulfill({ status: 500, json: { error } }));
      await page.goto('/');
      await page.getByText('Something went wrong on our side.').first().waitFor();
    },
  },
  'batches-away': {
    open: async (page) => {
      await page.route(API, (route) => route.abort());
      await page.goto('/');
      await page.getByText('cannot be reached').first().waitFor({ timeout: 30_000 });
    },
  },
  'batches-empty': {
    open: async (page) => {
      await page.route(API, async (route) => {
        const response = await route.fetch();
        const body = await response.json();
        const nothing = 'batch_jobs' in body ? { batch_jobs: [], total_count: 0 } : {};
        await route.fulfill({ response, json: { ...body, ...nothing } });
      });
      await page.goto('/');
    },
  },
  'new-batch': { open: at('/batches/new') },
  'new-batch-chosen': {
    open: then(at('/batches/new'), async (page) => {
      await page.getByRole('checkbox', { name: /^Select all/ }).click({ force: true });
    }),
  },
  'needs-you': { open: at('/needs-you') },
  'needs-you-company': { open: question('Wellington waterfront') },
  'needs-you-manual': { open: then(question('Wellington waterfront'), press('button', /by hand/i)) },
  'needs-you-search': { open: then(question('Wellington waterfront'), press('button', /search again/i)) },
  'needs-you-settings': { open: question('Tāmaki Makaurau') },
  'needs-you-missing': {
    open: then(question('Tāmaki Makaurau'), async (page) => {
      await page.getByLabel('E-mail').first().fill('not an address');
      await page.getByRole('button', { name: 'Confirm and set up' }).click();
      await page.locator('[aria-invalid="true"]').first().waitFor();
    }),
  },
  'needs-you-copy': {
    open: then(
      question('Tāmaki Makaurau'),
      (page) => page.getByLabel('Primary colour').fill('#224466'),
      press('button', /^Copy/),
    ),
  },
  'needs-you-several': { open: then(question('Tāmaki Makaurau'), press('button', 'Confirm several…')) },
  'needs-you-failure': { open: question(REBUILD) },
  'needs-you-edit': { open: question(REBUILD, '&edit=1') },
  'needs-you-keys': {
    isWide: true,
    open: then(at('/needs-you'), press('button', 'Keyboard shortcuts (?)')),
  },
  'needs-you-nothing': { open: at('/needs-you?q=zzz') },
  'needs-you-empty': { open: emptyInbox },
  'batch-running': { open: then(batch(MARKET), runs) },
  'batch-running-time': { open: then(batch(MARKET, '?tab=time'), runs) },
  'batch-waiting': { open: batch('Wellington waterfront') },
  'batch-failed': { open: batch(REBUILD) },
  'batch-blocked': { open: batch('Tauranga bakeries') },
  'batch-paused': { open: batch('Dunedin cafés') },
  'batch-finished': { open: batch('Nelson and Tasman') },
  'batch-pending': { open: batch('Queenstown') },
  'batch-time': { open: batch(REBUILD, '?tab=time') },
  'batch-menu': { open: then(batch(MARKET), press('button', 'More')) },
  'batch-cancel': {
    open: then(batch(MARKET), press('button', 'More'), press('menuitem', 'Cancel the batch…')),
  },
  'batch-away': {
    open: then(batch('Wellington waterfront'), async (page) => {
      await page.context().setOffline(true);
      await page.getByText('The connection is lost.').waitFor({ timeout: 90_000 });
    }),
  },
  'job-running': { open: then(batch(MARKET), runs, job(MARKET, 'in_progress')) },
  'job-company': { open: job('Wellington waterfront', 'action_required') },
  'job-failed': { open: job(REBUILD, 'action_required') },
  'job-blocked': { open: job('Tauranga bakeries', 'action_required') },
  'job-finished': { open: job('Nelson and Tasman', 'completed') },
  'job-time': { open: job(REBUILD, 'action_required', '?tab=time') },
  'job-history': { open: job(REBUILD, 'action_required', '?tab=history') },
  'job-settings': { open: job(REBUILD, 'action_required', '?tab=settings') },
  'job-menu': { open: then(job(REBUILD, 'action_required'), press('button', 'More')) },
  'job-repair': { open: then(job(REBUILD, 'action_required'), subStep('Configure the website')) },
  'job-skip': { open: then(job(REBUILD, 'action_required'), subStep('Configure the website', 'Skip…')) },
  'job-reset': { open: then(job(REBUILD, 'action_required'), subStep('Register the restaurant', 'Reset…')) },
  'job-reveal': {
    open: then(
      job(REBUILD, 'action_required'),
      press('button', 'More'),
      press('menuitem', 'Show a password…'),
    ),
  },
  'job-revealed': {
    open: then(
      job('Nelson and Tasman', 'completed'),
      press('button', 'More'),
      press('menuitem', 'Show a password…'),
      revealed,
    ),
  },
  'job-give-up': {
    open: then(job(REBUILD, 'action_required'), press('button', 'More'), press('menuitem', 'Give up…')),
  },
  'not-found': { open: at('/nowhere') },
  'batch-not-found': { open: at('/batches/00000000-0000-4000-8000-000000000000') },
};
