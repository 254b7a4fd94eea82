/** The activities of step 6 as the worker wires them: a real database behind PostgREST, the simulated outside systems, no engine. */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import type { SupabaseClient } from '@supabase/supabase-js';
import { createAccountSetupActivities, type AccountSetupActivities } from '../../../activities/account-setup';
import type { SubStepInput, SubStepResult } from '../../../activities/account-setup/types';
import { createSecrets } from '../../../activities/secrets';
import { startSimulator } from '../../../dev/simulator';
import { simulatorClient, type FaultRule, type SimulatorClient } from '../../../dev/simulator/client';
import type { SubStepRow } from '../../../domain/record';
import { parseKeyRing, seal } from '../../../domain/sealing';
import { MAX_ATTEMPTS, SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import { configurationSnapshot } from '../../helpers/configuration';
import { startTestStack } from '../../helpers/stack';
import { ACCOUNT_PASSWORD, ONBOARDING_PASSWORD } from '../../unit/account-setup/calls';
import { batchInput } from '../migrations/record';

const TIME_SCALE = 0.000_2;
const KEYS = {
  nzbnApiKey: 'test-nzbn-key',
  backendServiceKey: 'test-service-key',
  integratorId: 'integrator-1',
  integratorSecret: 'test-integrator-secret',
};
export const DISHES = 20;
export const OPTION_SETS = 4;

export interface ActivityWorld {
  supabase: SupabaseClient;
  simulator: SimulatorClient;
  logs: LogEntry[];
  /** The run that the engine says is the newest one of a workflow, and whether it is open. */
  newestRun: { runId: string; status: { name: string } };
  activities(options: {
    platform: boolean;
    provider?: 'cloudwaitress' | 'backend';
    sessions?: number;
    timeScale?: number;
  }): AccountSetupActivities;
  close(): Promise<void>;
}

export async function activityWorld(): Promise<ActivityWorld> {
  const stack = await startTestStack({ apps: { simulator: false, worker: false, api: false } });
  const { supabase } = stack;
  const platform = {
    url: stack.env['SUPABASE_URL'] ?? '',
    serviceKey: stack.env['SUPABASE_SERVICE_ROLE_KEY'] ?? '',
  };
  const simulator = await startSimulator({
    keys: KEYS,
    timeScale: TIME_SCALE,
    accountMinIntervalMs: 0,
    platform,
  });
  const logs: LogEntry[] = [];
  const secrets = createSecrets(supabase, RING);
  const client = {
    workflow: {
      getHandle: () => ({
        signal: () => Promise.resolve(),
        describe: () => Promise.resolve(world.newestRun),
      }),
    },
  } as unknown as Client;
  const world: ActivityWorld = {
    supabase,
    simulator: simulatorClient(simulator.url),
    logs,
    newestRun: { runId: 'run-1', status: { name: 'RUNNING' } },
    activities: (options) =>
      createAccountSetupActivities({
        supabase,
        secrets,
        client,
        settings: {
          accountProvider: options.provider ?? 'cloudwaitress',
          existingAccountPolicy: 'ask',
          sessionsPerAccount: options.sessions ?? 4,
          timeScale: options.timeScale ?? TIME_SCALE,
          backend: {
            baseUrl: `${simulator.url}/backend`,
            serviceKey: KEYS.backendServiceKey,
            platformReadBaseUrl: options.platform ? `${simulator.url}/platform-read` : null,
          },
          cloudwaitress: {
            baseUrl: `${simulator.url}/cloudwaitress`,
            integratorId: KEYS.integratorId,
            integratorSecret: KEYS.integratorSecret,
            confirmation: { mode: 'signature' },
          },
        },
      }),
    async close() {
      await simulator.close();
      await stack.stopAll();
    },
  };
  return world;
}

const RING = parseKeyRing(`test:${randomBytes(32).toString('base64')}`);

async function insert(supabase: SupabaseClient, table: string, row: Record<string, unknown>): Promise<void> {
  const { error } = await supabase.from(table).insert(row);
  if (error) throw new Error(`${table}: ${error.message}`);
}

async function sealed(supabase: SupabaseClient, organisationId: string, password: string): Promise<string> {
  const secretId = randomUUID();
  const { keyId, ciphertext } = seal(RING, { organisationId, secretId }, password);
  await insert(supabase, 'sealed_secrets', {
    id: secretId,
    organisation_id: organisationId,
    key_id: keyId,
    ciphertext,
  });
  return secretId;
}

/** The restaurant and its menu, as its lead's conversion leaves them; a world that was reset knows them again. */
export async function seedRestaurant(
  { simulator }: ActivityWorld,
  {
    restaurantId,
    organisationId,
    configuration,
  }: Pick<SubStepInput, 'restaurantId' | 'organisationId' | 'configuration'>,
): Promise<void> {
  const mark = restaurantId.slice(0, 8);
  await simulator.seed({
    restaurants: [
      {
        id: restaurantId,
        organisation_id: organisationId,
        name: configuration.restaurant.name,
        address: configuration.restaurant.address,
        city: 'Wellington',
        phone: '+6495550100',
        primary_color: '#F2B705',
        secondary_color: '#1F2A30',
        opening_hours: configuration.restaurant.opening_hours,
        extraction: { state: 'none' },
        menus: [
          {
            id: configuration.menu.selectedMenuId ?? '',
            option_sets: OPTION_SETS,
            dishes: Array.from({ length: DISHES }, (_unused, at) => ({
              category: 'Mains',
              name: `Dish ${at}`,
              price: 20,
              tags: at === 0 ? ['vegan'] : [],
              ...(at < 3 ? { image: `https://images.example/${mark}-${at}.jpg` } : {}),
            })),
          },
        ],
      },
    ],
  });
}

/** A restaurant with a menu, in a job of its own whose step 6 may begin. */
export async function seedJob(
  world: ActivityWorld,
  {
    organisationId = randomUUID(),
    email,
    ownerKey,
  }: { organisationId?: string; email?: string; ownerKey?: string } = {},
): Promise<SubStepInput> {
  const { supabase } = world;
  const restaurantId = randomUUID();
  const menuId = randomUUID();
  const mark = restaurantId.slice(0, 8);
  const configuration = structuredClone(configurationSnapshot());
  const owner = email ?? `Owner-${mark}@kowhaigrill.example`;
  await supabase.from('organisations').upsert({ id: organisationId, name: 'Test' });
  Object.assign(configuration.account, {
    email: owner,
    phone: '+6495550100',
    ...(ownerKey === undefined ? {} : { ownerKey }),
    passwordRef: await sealed(supabase, organisationId, ACCOUNT_PASSWORD),
  });
  Object.assign(configuration.onboarding, {
    userEmail: `user-${mark}@kowhaigrill.example`,
    userPasswordRef: await sealed(supabase, organisationId, ONBOARDING_PASSWORD),
  });
  configuration.restaurant.name = `Kowhai Grill ${mark}`;
  configuration.menu.selectedMenuId = menuId;
  await seedRestaurant(world, { restaurantId, organisationId, configuration });
  const { data, error } = await supabase.rpc('create_registration_batch', {
    p: batchInput(organisationId, [restaurantId]),
  });
  if (error) throw new Error(error.message);
  const created = data as { batch_id: string; jobs: { id: string }[] };
  return {
    jobId: created.jobs[0]?.id ?? '',
    batchId: created.batch_id,
    organisationId,
    restaurantId,
    generation: 1,
    attemptLimit: MAX_ATTEMPTS,
    configuration,
    outputs: {},
    jobStartedAt: new Date(Date.now() - 1_000).toISOString(),
  };
}

/** One try of one activity, of the run `run-1` unless another is given. */
export function trySubStep(
  world: ActivityWorld,
  activities: AccountSetupActivities,
  key: SubStepKey,
  input: SubStepInput,
  runId = 'run-1',
): Promise<SubStepResult> {
  const environment = new MockActivityEnvironment(
    { workflowExecution: { workflowId: `registration/${input.jobId}`, runId } },
    { logger: new DefaultLogger('TRACE', (entry) => world.logs.push(entry)) },
  );
  return environment.run(activities[key], input) as Promise<SubStepResult>;
}

/** Runs one activity as the engine would: a failure that may pass is tried again, after the pause that it asks for. */
export async function runSubStep(
  world: ActivityWorld,
  activities: AccountSetupActivities,
  key: SubStepKey,
  input: SubStepInput,
): Promise<SubStepResult> {
  for (;;) {
    try {
      const result = await trySubStep(world, activities, key, input);
      input.outputs = { ...input.outputs, [key]: result.output };
      return result;
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.nonRetryable) throw error;
      if (typeof error.nextRetryDelay === 'number') await pause(error.nextRetryDelay);
    }
  }
}

/** Writes one ledger row as a workflow does. */
export async function writeRow(
  { supabase }: ActivityWorld,
  { jobId }: SubStepInput,
  row: Partial<SubStepRow> & Pick<SubStepRow, 'key' | 'status'>,
): Promise<void> {
  const p = { job_id: jobId, sub_steps: [{ generation: 1, attempt: null, ...row }] };
  const { error } = await supabase.rpc('apply_registration_snapshot', { p });
  if (error) throw new Error(error.message);
}

export interface Effect {
  count: number;
  duplicated: number;
  /** Calls that began while another one of the same sub-step was under way. */
  together: number;
}

/** What the outside systems did for one sub-step of one restaurant. */
export async function effectOf(
  { simulator }: ActivityWorld,
  key: SubStepKey,
  { restaurantId, configuration }: SubStepInput,
): Promise<Effect> {
  const { effects } = await simulator.effects();
  const email = configuration.account.email.toLowerCase();
  const row = effects.find(
    (candidate) =>
      candidate.subStep === key && (candidate.restaurantId === restaurantId || candidate.email === email),
  );
  return { count: row?.count ?? 0, duplicated: row?.duplicated ?? 0, together: row?.concurrentCalls ?? 0 };
}
export const ONCE: Effect = { count: 1, duplicated: 0, together: 0 };

type Place = Pick<Extract<FaultRule, { system: string }>, 'system' | 'route' | 'restaurantId' | 'email'>;

/** Where the call of a sub-step that acts can be struck. */
const placeOf = (key: SubStepKey, { restaurantId, configuration }: SubStepInput): Place =>
  key === 'cloudwaitressAccount'
    ? { system: 'cloudwaitress', route: 'verify', email: configuration.account.email }
    : { system: 'backend', route: key, restaurantId };

/** A fault at the next call of a sub-step, or at the next `times`. */
export const strike = (
  { simulator }: ActivityWorld,
  key: SubStepKey,
  input: SubStepInput,
  fault: Record<string, unknown>,
): Promise<string[]> =>
  simulator.addFaults({ times: 1, ...fault, ...placeOf(key, input) } as unknown as FaultRule);

/** Does what `key` needs, in order. */
export async function bringUpTo(
  world: ActivityWorld,
  activities: AccountSetupActivities,
  key: SubStepKey,
  input: SubStepInput,
): Promise<void> {
  const neededFor = (wanted: SubStepKey): SubStepKey[] =>
    SUB_STEPS[wanted].needs.flatMap((need) => [...neededFor(need), need]);
  const needed = new Set(neededFor(key));
  for (const earlier of SUB_STEP_KEYS) {
    if (needed.has(earlier)) await runSubStep(world, activities, earlier, input);
  }
}

export async function ledgerRow({ supabase }: ActivityWorld, { jobId }: SubStepInput, key: SubStepKey) {
  const { data, error } = await supabase
    .from('registration_sub_steps')
    .select('*')
    .eq('job_id', jobId)
    .eq('key', key)
    .single();
  if (error) throw new Error(error.message);
  return data as Record<string, unknown>;
}
