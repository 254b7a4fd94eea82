import { randomUUID } from 'node:crypto';
import {
  createSetupBackend,
  scaledLimits,
  type BackendResult,
  type BackendSettings,
  type SetupBackend,
  type SubStepCall,
} from '../../../activities/account-setup/clients/backend';
import {
  createCloudWaitressClient,
  type CloudWaitressClient,
} from '../../../activities/account-setup/clients/cloudwaitress';
import { startSimulator } from '../../../dev/simulator';
import { simulatorClient, type SimulatorClient } from '../../../dev/simulator/client';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import { subStepCall } from '../../unit/account-setup/calls';

const TIME_SCALE = 0.000_2;
const keys = {
  nzbnApiKey: 'test-nzbn-key',
  backendServiceKey: 'test-service-key',
  integratorId: 'integrator-1',
  integratorSecret: 'test-integrator-secret',
};

export interface SimulatedWorld {
  simulator: SimulatorClient;
  cloudWaitress: CloudWaitressClient;
  backend(options?: { platform?: boolean; limits?: Partial<BackendSettings['limits']> }): SetupBackend;
  close(): Promise<void>;
}

/** The outside systems, five thousand times as fast, without the vendor's throttle. */
export async function simulatedWorld(): Promise<SimulatedWorld> {
  const simulator = await startSimulator({ keys, timeScale: TIME_SCALE, accountMinIntervalMs: 0 });
  return {
    simulator: simulatorClient(simulator.url),
    cloudWaitress: createCloudWaitressClient({
      baseUrl: `${simulator.url}/cloudwaitress`,
      integratorId: keys.integratorId,
      integratorSecret: keys.integratorSecret,
      confirmation: { mode: 'signature' },
      timeoutMs: 5_000,
    }),
    backend: ({ platform = true, limits = {} } = {}) =>
      createSetupBackend({
        baseUrl: `${simulator.url}/backend`,
        serviceKey: keys.backendServiceKey,
        platformReadBaseUrl: platform ? `${simulator.url}/platform-read` : null,
        limits: { ...scaledLimits(TIME_SCALE), progressEveryMs: 1_000, settleMs: 20, ...limits },
      }),
    close: () => simulator.close(),
  };
}

export interface Restaurant {
  /** One attempt with everything that earlier ones brought. */
  call: SubStepCall;
  dishes: number;
}

/** A restaurant of its own for a test, with a menu of 20 dishes, `images` of them with a picture, and option sets. */
export async function seedRestaurant(
  { simulator }: SimulatedWorld,
  { images = 3, optionSets = 4 }: { images?: number; optionSets?: number } = {},
): Promise<Restaurant> {
  const menuId = randomUUID();
  const call = subStepCall({ menuId, outputs: {} });
  const mark = call.restaurantId.slice(0, 8);
  const email = `owner-${mark}@kowhaigrill.example`;
  call.account = { email, phone: '+6495550100' };
  call.configuration.account.email = email;
  call.configuration.onboarding.userEmail = email;
  call.configuration.restaurant.name = `Kōwhai Grill ${mark}`;
  const dishes = 20;
  call.expected = { dishes };
  await simulator.seed({
    restaurants: [
      {
        id: call.restaurantId,
        organisation_id: call.organisationId,
        name: call.configuration.restaurant.name,
        address: call.configuration.restaurant.address,
        city: 'Wellington',
        phone: '+6495550100',
        primary_color: '#F2B705',
        secondary_color: '#1F2A30',
        opening_hours: call.configuration.restaurant.opening_hours,
        extraction: { state: 'none' },
        menus: [
          {
            id: menuId,
            option_sets: optionSets,
            dishes: Array.from({ length: dishes }, (_unused, at) => ({
              category: 'Mains',
              name: `Dish ${at}`,
              price: 20,
              tags: at === 0 ? ['vegan'] : [],
              ...(at < images ? { image: `https://images.example/${mark}-${at}.jpg` } : {}),
            })),
          },
        ],
      },
    ],
  });
  return { call, dishes };
}

/** One attempt as the executor makes it: state before, then the call. */
export async function attempt(
  backend: SetupBackend,
  key: SubStepKey,
  call: SubStepCall,
): Promise<BackendResult> {
  call.attemptStartedAt = new Date().toISOString();
  call.stateBefore = await backend.captureState(key, call);
  const result = await backend.performCall(key, call);
  if (result.state === 'succeeded') call.outputs = { ...call.outputs, [key]: result.output };
  return result;
}

/** What must be done before `key`, in order. */
function neededFor(key: SubStepKey): SubStepKey[] {
  const needed = new Set(SUB_STEPS[key].needs.flatMap((need) => [...neededFor(need), need]));
  return SUB_STEP_KEYS.filter((candidate) => needed.has(candidate));
}

/** Does what `key` needs, and fails if any of it does not succeed. */
export async function bringUpTo(backend: SetupBackend, key: SubStepKey, call: SubStepCall): Promise<void> {
  for (const earlier of neededFor(key)) {
    const result = await attempt(backend, earlier, call);
    if (result.state !== 'succeeded') throw new Error(`${earlier}: ${JSON.stringify(result)}`);
  }
}
