/** Two people at two desks, before the whole stack of processes: for races that only the real API, database and engine can run. */
import { ApiClient } from '../../../dev/demo/api-client';
import { DEMO_USERS, type DemoRole } from '../../../dev/stack/seed';
import { NO_RATE_LIMITS, startTestStack, type TestStack } from '../../helpers/stack';

/** How many times faster than real time the outside systems are. */
export const SPEED = 200;

/** Also on a slow machine the verdicts are in the answers. */
export function startRaceStack(): Promise<TestStack> {
  return startTestStack({ apps: {}, speed: SPEED, env: { ...NO_RATE_LIMITS, VERDICT_WAIT_MS: '10000' } });
}

export interface Person {
  id: string;
  api: ApiClient;
}

export function person(stack: TestStack, role: DemoRole): Person {
  const api = new ApiClient({ baseUrl: stack.service('api').url, token: () => stack.token(role) });
  return { id: DEMO_USERS[role].id, api };
}

/** Calls a route of the product as the admin. */
export async function callApi(
  stack: TestStack,
  method: 'POST' | 'PATCH',
  path: string,
  body: object = {},
): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`${stack.service('api').url}/api/registration-batches${path}`, {
    method,
    headers: { authorization: `Bearer ${await stack.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

export interface AuditLine {
  kind: string;
  actor: string | null;
  reason: string | null;
}

/** The audit trail's verdicts on people's choices for one job. */
export async function verdictsOf(stack: TestStack, jobId: string): Promise<AuditLine[]> {
  const { data, error } = await stack.supabase
    .from('registration_events')
    .select('kind, actor, reason, at')
    .eq('job_id', jobId)
    .like('kind', 'decision.%')
    .order('at');
  if (error) throw error;
  return data as AuditLine[];
}
