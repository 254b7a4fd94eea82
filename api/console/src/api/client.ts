/** The one way to the API: typed by its own document, with the token of who is signed in, and with failures as `ApiFailure`. */
import createClient, { type Middleware } from 'openapi-fetch';
import { session } from '../auth/session';
import { failureOf, offline } from './failure';
import type { paths } from './schema';

const bearer: Middleware = {
  async onRequest({ request }) {
    const token = await session.token();
    if (token !== null) request.headers.set('Authorization', `Bearer ${token}`);
    return request;
  },
  onResponse({ response }) {
    // The API's verdict on the token, which nothing but another one changes.
    if (response.status === 401) session.refused();
  },
};

async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    // Given up by us, e.g. since the page was left.
    if (request.signal.aborted) throw error;
    throw offline();
  }
}

export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: reach });
api.use(bearer);

interface Asked<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * The body of a success.
 * @example const { batch_job } = await answer(api.GET('/api/registration-batches/{id}', { params: { path: { id } }, signal }));
 * @throws ApiFailure
 */
export async function answer<T>(asked: Promise<Asked<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await asked;
  if (data === undefined || data === null) throw failureOf(response, error);
  return data;
}
