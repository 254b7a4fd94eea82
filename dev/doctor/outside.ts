/** The systems outside: whether they can be reached, and the register's key is taken. Nothing is changed there. */
import { sendRequest, type HttpOutcome } from '../../activities/http-client';
import type { WorkerSettings } from '../../domain/settings';
import { fail, ok, type Finding } from './finding';

const CALL_MS = 10_000;

export async function examineOutside(settings: WorkerSettings): Promise<Finding[]> {
  const { NZBN_BASE_URL, BACKEND_BASE_URL, PLATFORM_READ_BASE_URL, CLOUDWAITRESS_BASE_URL } = settings;
  return Promise.all([
    register(NZBN_BASE_URL, settings.NZBN_API_KEY),
    reachable('backend', 'BACKEND_BASE_URL', BACKEND_BASE_URL),
    ...(PLATFORM_READ_BASE_URL
      ? [reachable('platform', 'PLATFORM_READ_BASE_URL', PLATFORM_READ_BASE_URL)]
      : []),
    ...(settings.ACCOUNT_PROVIDER === 'cloudwaitress' && CLOUDWAITRESS_BASE_URL
      ? [reachable('CloudWaitress', 'CLOUDWAITRESS_BASE_URL', CLOUDWAITRESS_BASE_URL)]
      : []),
  ]);
}

/** One search for one company: the key is taken or not. */
async function register(base: string, key: string): Promise<Finding> {
  const outcome = await sendRequest({
    method: 'GET',
    url: `${base.replace(/\/+$/, '')}/entities?search-term=kiwi&page-size=1`,
    target: { system: 'register', route: '/entities' },
    headers: { 'Ocp-Apim-Subscription-Key': key },
    timeoutMs: CALL_MS,
  });
  if (outcome.kind !== 'response')
    return fail('register', `NZBN_BASE_URL cannot be reached (${outcome.reason})`);
  if (outcome.status === 200) return ok('register', 'answers a search');
  if (outcome.status === 401 || outcome.status === 403) {
    return fail(
      'register',
      'refuses NZBN_API_KEY: keys of sandbox and production differ, and so do their addresses',
    );
  }
  return fail('register', `answers a search with status ${outcome.status}: look at NZBN_BASE_URL`);
}

/** Any answer will do: what it says to this address means nothing. */
async function reachable(check: string, setting: string, url: string): Promise<Finding> {
  const outcome: HttpOutcome = await sendRequest({
    method: 'GET',
    url,
    // Nobody measures the doctor's calls: whose door it knocks at does not matter.
    target: { system: 'backend', route: '/' },
    timeoutMs: CALL_MS,
  });
  return outcome.kind === 'response'
    ? ok(check, 'can be reached')
    : fail(check, `${setting} cannot be reached (${outcome.reason})`);
}
