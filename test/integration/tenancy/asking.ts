/** Sends what a fixture says, as whoever is meant, and tells the answer in a form that can be compared. */
import { randomUUID } from 'node:crypto';
import type { RouteFixture } from './routes';
import type { TenancyWorld } from './world';

export interface Told {
  status: number;
  code: string | undefined;
  headers: Record<string, string>;
  text: string;
}

/** Of the moment, or of the caller's own count; they tell nothing of what was asked for. */
const OF_THE_MOMENT = new Set(['date', 'x-request-id', 'ratelimit', 'ratelimit-policy', 'retry-after']);

export interface Asking {
  /** `METHOD /path/{with}/{parameters}` */
  route: string;
  fixture: RouteFixture;
  headers: Record<string, string>;
  /** Stands in the address instead of the target. */
  id?: string;
  body?: unknown;
}

const errorCode = (text: string): string | undefined =>
  (JSON.parse(text) as { error?: { code?: string } }).error?.code;

export async function ask(world: TenancyWorld, asking: Asking): Promise<Told> {
  const { route, fixture, headers, body } = asking;
  const [method = '', template = ''] = route.split(' ');
  const address = addressOf(world, template, fixture, asking.id);
  const content = body === undefined ? await fixture.body?.(world) : body;
  const response = await fetch(`${world.harness.url}${address}`, {
    method,
    headers: { ...(content === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(content === undefined ? {} : { body: JSON.stringify(content) }),
  });
  const kind = response.headers.get('content-type') ?? '';
  const text = kind.startsWith('text/event-stream') ? await firstPart(response) : await response.text();
  return {
    status: response.status,
    code: kind.includes('json') ? errorCode(text) : undefined,
    headers: Object.fromEntries([...response.headers].filter(([name]) => !OF_THE_MOMENT.has(name))),
    text,
  };
}

function addressOf(
  { targets }: TenancyWorld,
  template: string,
  { target, also = {} }: RouteFixture,
  id: string | undefined,
): string {
  return template.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = also[name] ?? id ?? (target && targets[target]);
    if (value === undefined) throw new Error(`The fixture of ${template} says nothing of ${name}`);
    return value;
  });
}

/** A stream has no end: what it begins with is the answer. */
async function firstPart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const part = await reader?.read();
  await reader?.cancel();
  return Buffer.from(part?.value ?? []).toString('utf8');
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Different for each use, so that no answer is the repeat of a former one. */
export const withKey = (token: string) => ({ ...bearer(token), 'idempotency-key': randomUUID() });

/**
 * Two answers that name the ids that were asked for, as if both had named the same. The tag that express makes of a body that repeats the
 * id is another one for each id, and tells no more than the body.
 */
export function without(id: string, told: Told): Told {
  const { etag, ...headers } = told.headers;
  const isOfId = told.text.includes(id);
  const named = Object.entries({ ...headers, ...(etag === undefined || isOfId ? {} : { etag }) }).map(
    ([name, value]) => [name, value.replaceAll(id, '<id>')],
  );
  return { ...told, headers: Object.fromEntries(named), text: told.text.replaceAll(id, '<id>') };
}
