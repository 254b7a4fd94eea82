/** The real app in this process, on the embedded stack (PostgreSQL, PostgREST, Temporal), without a worker. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { Client as PgClient } from 'pg';
import { createApp } from '../../../api/app';
import { composeDeps } from '../../../api/compose';
import type { AppDeps } from '../../../api/deps';
import { createLogger } from '../../../api/logging';
import { readApiSettings } from '../../../domain/settings';
import { DEMO_ORGANISATION } from '../../../dev/stack/seed';
import { registrationWorkflowId } from '../../../domain/ids';
import { rateLimits } from '../../../dev/stack/rate-limits';
import { startTestStack, type TestStack } from '../../helpers/stack';
import { dataConverterOf } from '../../helpers/payloads';

export interface Answer {
  status: number;
  headers: Headers;
  /** As it came, for checks of what must not be in it. */
  text: string;
  json: Record<string, unknown> & { error?: { code: string; details?: Record<string, unknown> } };
}

export type Method = 'GET' | 'POST' | 'PATCH';

export interface CallOptions {
  token?: string | null;
  body?: unknown;
  /** Sent as it is. */
  raw?: string;
  headers?: Record<string, string>;
}

export interface Harness {
  stack: TestStack;
  deps: AppDeps;
  sql: PgClient;
  temporal: TemporalClient;
  url: string;
  /** Every log line so far. */
  logs: string[];
  /** Tokens of an admin and a user of the demo organisation, of an admin of another one, and of a super admin. */
  tokens: { admin: string; user: string; stranger: string; superAdmin: string };
  otherOrganisation: string;
  call(method: Method, path: string, options?: CallOptions): Promise<Answer>;
  stop(): Promise<void>;
}

export const BASE = '/api/registration-batches';

export async function sign(
  secret: string,
  claims: { sub?: string; aud?: string },
  options: { expiresIn?: string; key?: string } = {},
): Promise<string> {
  const { SignJWT } = await import('jose');
  return new SignJWT({ role: 'authenticated', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(options.expiresIn ?? '1h')
    .sign(Buffer.from(options.key ?? secret));
}

export async function startHarness(env: Record<string, string> = {}): Promise<Harness> {
  const stack = await startTestStack({ apps: { simulator: false, worker: false, api: false } });
  try {
    return await startOn(stack, env);
  } catch (error) {
    // Nobody else could stop it.
    await stack.stopAll();
    throw error;
  }
}

async function startOn(stack: TestStack, env: Record<string, string>): Promise<Harness> {
  const limits = rateLimits(100_000, ['PROGRESS', 'START', 'COMPLETION', 'REVEAL', 'OTHER', 'SIGN_IN']);
  const settings = readApiSettings({
    ...stack.env,
    ...limits,
    VERDICT_WAIT_MS: '300',
    CALL_TIMEOUT_MS: '2000',
    ...env,
  });
  const logs: string[] = [];
  const deps = await composeDeps(settings, createLogger('debug', { write: (line) => void logs.push(line) }));
  const server = await listen(createServer(createApp(deps)));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sql = new PgClient({ connectionString: stack.env['DATABASE_URL'] });
  await sql.connect();
  const connection = await Connection.connect(settings.temporal.connection);
  const stranger = randomUUID();
  const otherOrganisation = randomUUID();
  await sql.query('insert into organisations (id, name) values ($1, $2)', [otherOrganisation, 'Another one']);
  await sql.query('insert into profiles (id, organisation_id, email, role) values ($1, $2, $3, $4)', [
    stranger,
    otherOrganisation,
    'stranger@other.example',
    'admin',
  ]);
  const tokens = {
    admin: await stack.token('admin'),
    user: await stack.token('user'),
    superAdmin: await stack.token('super_admin'),
    stranger: await sign(stack.secrets.jwtSecret, { sub: stranger, aud: 'authenticated' }),
  };

  return {
    stack,
    deps,
    sql,
    temporal: new TemporalClient({ connection, dataConverter: dataConverterOf(stack.env) }),
    url,
    logs,
    tokens,
    otherOrganisation,
    call: (method, path, options = {}) => call(url, tokens.admin, method, path, options),
    stop: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await connection.close();
      await deps.workflows.close();
      await sql.end();
      await stack.stopAll();
    },
  };
}

function listen(server: Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

async function call(
  url: string,
  adminToken: string,
  method: Method,
  path: string,
  options: CallOptions,
): Promise<Answer> {
  const token = options.token === undefined ? adminToken : options.token;
  const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} };
}

export interface RestaurantSeed {
  organisationId?: string;
  name?: string;
  city?: string;
  cuisine?: string[];
  email?: string | null;
  phone?: string | null;
  /** Dishes of its only menu; null = no menu. */
  dishes?: { name: string; tags?: unknown }[] | null;
}

const HOURS = [{ day: 'Friday', hours: { open: '11:00', close: '01:00' } }];

/** A restaurant that is complete unless the seed says otherwise. */
export async function seedRestaurant(
  { sql }: Pick<Harness, 'sql'>,
  seed: RestaurantSeed = {},
): Promise<{ id: string; menuId: string | null }> {
  const id = randomUUID();
  const organisationId = seed.organisationId ?? DEMO_ORGANISATION.id;
  await sql.query(
    `insert into restaurants (id, organisation_id, name, address, city, cuisine, phone, email, primary_color,
      secondary_color, opening_hours, contact_name) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
    [
      id,
      organisationId,
      seed.name ?? `Test Kitchen ${id.slice(0, 8)}`,
      '12 Fern Street, Te Aro, Wellington 6011',
      seed.city ?? 'Wellington',
      JSON.stringify(seed.cuisine ?? ['Seafood']),
      seed.phone === undefined ? '+6495550100' : seed.phone,
      seed.email === undefined ? `owner-${id.slice(0, 8)}@kitchen.example` : seed.email,
      '#F2B705',
      '#1F2A30',
      JSON.stringify(HOURS),
      'Mereana Testperson',
    ],
  );
  if (seed.dishes === null) return { id, menuId: null };
  const menuId = randomUUID();
  await sql.query('insert into menus (id, organisation_id, restaurant_id) values ($1, $2, $3)', [
    menuId,
    organisationId,
    id,
  ]);
  for (const dish of seed.dishes ?? [{ name: 'Green-lipped mussels' }]) {
    await sql.query(
      'insert into menu_items (organisation_id, menu_id, name, price, tags) values ($1,$2,$3,12.5,$4)',
      [organisationId, menuId, dish.name, JSON.stringify(dish.tags ?? [])],
    );
  }
  return { id, menuId };
}

export interface CreatedBatch {
  id: string;
  /** In the order of the restaurants. */
  jobIds: string[];
}

export async function createBatch(
  harness: Harness,
  restaurantIds: string[],
  extra: Record<string, unknown> = {},
): Promise<CreatedBatch> {
  const answer = await harness.call('POST', `${BASE}/`, {
    body: { name: 'A batch', restaurant_ids: restaurantIds, ...extra },
  });
  expect(answer).toMatchObject({ status: 201 });
  const { batch_job, registration_jobs } = answer.json as unknown as {
    batch_job: { id: string };
    registration_jobs: { id: string; restaurant_id: string }[];
  };
  const jobIds = restaurantIds.map(
    (id) => registration_jobs.find((job) => job.restaurant_id === id)?.id ?? '',
  );
  return { id: batch_job.id, jobIds };
}

/** Puts a job where it would be after its workflow published that it waits at `step`. */
export async function makeWait({ sql }: Harness, jobId: string, step: 3 | 5): Promise<void> {
  await sql.query(
    `update registration_jobs set status = 'action_required', current_step = $2, search_no = 1 where id = $1`,
    [jobId, step],
  );
  await sql.query(
    `update registration_job_steps set status =
       case when step_number < $2 then 'completed' when step_number = $2 then 'action_required' else 'pending' end
     where job_id = $1`,
    [jobId, step],
  );
}

export const OFFERED = [
  { company_name: 'KOWHAI GRILL LIMITED', company_number: '9990001', nzbn: '9429099900007' },
  { company_name: 'A Sole Trader', company_number: null, nzbn: '9429099900014' },
];

/** The list of candidates that step 2 stored. */
export async function offerCompanies({ sql }: Harness, jobId: string, searchNo = 1): Promise<void> {
  const results = OFFERED.map((company) => ({
    ...company,
    status: 'Registered',
    incorporation_date: null,
    registered_address: null,
    match_sources: ['name'],
    score: 90,
  }));
  await sql.query(
    `insert into companies_office_search_candidates
       (organisation_id, restaurant_id, registration_job_id, search_no, combined_results, candidate_count, status)
     select organisation_id, restaurant_id, id, $2, $3, $4, 'awaiting_selection' from registration_jobs where id = $1`,
    [jobId, searchNo, JSON.stringify(results), results.length],
  );
}

/** A registration that runs, but which no worker takes up: its history holds what was signalled. */
export async function startRegistration({ temporal }: Harness, jobId: string): Promise<void> {
  await temporal.workflow.start('registrationWorkflow', {
    workflowId: registrationWorkflowId(jobId),
    taskQueue: 'nobody-works-here',
    args: [{ jobId }],
  });
}

/** Names and arguments of the signals that reached a registration, in order. */
export async function signalsOf(
  { temporal, deps }: Harness,
  jobId: string,
): Promise<{ name: string; argument: Record<string, unknown> }[]> {
  const { events } = await temporal.workflow.getHandle(registrationWorkflowId(jobId)).fetchHistory();
  const signals = (events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes ?? []);
  return Promise.all(
    signals.map(async ({ signalName, input }) => {
      const [payload] = await deps.payloadCodec.decode(input?.payloads ?? []);
      return {
        name: signalName ?? '',
        argument: payload ? defaultPayloadConverter.fromPayload(payload) : {},
      };
    }),
  );
}
