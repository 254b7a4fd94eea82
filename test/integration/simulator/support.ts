/** Starts a simulator for one test file and speaks its wires as the product would. */
import { randomUUID } from 'node:crypto';
import { signatureOf } from '../../../dev/simulator/accounts';
import { simulatorClient, type SimulatorClient } from '../../../dev/simulator/client';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../../dev/simulator';
import type { SeedRestaurantInput } from '../../../dev/simulator/world';
import type { SubStepKey } from '../../../domain/sub-steps';

export const KEYS = {
  nzbnApiKey: 'test-register-key',
  backendServiceKey: 'test-service-key',
  integratorId: 'test-integrator',
  integratorSecret: 'CWS_TEST_SECRET',
};
export const PASSWORD = 'Example-Pass-0001';
export const ORGANISATION = randomUUID();

export interface Answered {
  status: number;
  headers: Headers;
  /** Undefined when the body is not JSON. */
  json: Record<string, unknown>;
  text: string;
}

export interface Harness {
  simulator: Simulator;
  control: SimulatorClient;
  register(path: string, headers?: Record<string, string>): Promise<Answered>;
  vendor(path: string, body: unknown): Promise<Answered>;
  backend(method: 'GET' | 'POST', path: string, body?: unknown, options?: CallOptions): Promise<Answered>;
  /** One of the twelve calls, with a body that is right. */
  subStep(key: SubStepKey, restaurant: TestRestaurant, options?: CallOptions): Promise<Answered>;
  signUp(email: string): Promise<Answered>;
}

export interface CallOptions {
  key?: string;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  body?: Record<string, unknown>;
}

export interface TestRestaurant {
  id: string;
  menuId: string;
  email: string;
  name: string;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answered> {
  const response = await fetch(url, init);
  const text = await response.text();
  let json: Record<string, unknown> | undefined;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { status: response.status, headers: response.headers, json: json ?? {}, text };
}

export function startBody(email: string, password = PASSWORD): Record<string, string> {
  const phone = '+6495550100';
  const signature = signatureOf(KEYS.integratorSecret, email, phone, password);
  return { integrator_id: KEYS.integratorId, email, phone, password, signature };
}

const HOURS = [{ day: 'Monday', hours: { open: '11:00', close: '21:30' } }];

const PATHS: Record<Exclude<SubStepKey, 'uploadImages'>, string> = {
  cloudwaitressAccount: 'register-account',
  codeGeneration: 'generate-code-injections',
  createOnboardingUser: 'create-onboarding-user',
  restaurantRegistration: 'register-restaurant',
  websiteConfig: 'configure-website',
  servicesConfig: 'configure-services',
  paymentConfig: 'configure-payment',
  menuImport: 'import-menu-direct',
  syncOnboardingUser: 'update-onboarding-record',
  optionSets: 'add-option-sets',
  itemTags: 'add-item-tags',
};

/** All fields that any of the calls asks for. */
function bodyFor({ id, menuId, email, name }: TestRestaurant): Record<string, unknown> {
  return {
    restaurantId: id,
    menuId,
    email,
    password: PASSWORD,
    phone: '+6495550100',
    noGradient: false,
    userName: 'Mereana Testperson',
    userEmail: `user-${id}@kowhaigrill.example`,
    userPassword: 'Example-Pass-0002',
    registrationType: 'existing_account_first_restaurant',
    restaurantName: name,
    address: '12 Fern Street, Wellington 6011',
    city: 'Wellington',
    hours: HOURS,
    includeConnectLink: true,
    contactPerson: 'Mereana Testperson',
  };
}

export async function startHarness(options: Partial<SimulatorOptions> = {}): Promise<Harness> {
  const simulator = await startSimulator({
    keys: KEYS,
    timeScale: 0.0001,
    accountMinIntervalMs: 0,
    ...options,
  });
  const json = (body: unknown): RequestInit => ({
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const harness: Harness = {
    simulator,
    control: simulatorClient(simulator.url),
    register: (path, headers = {}) =>
      ask(`${simulator.url}/nzbn${path}`, {
        headers: { 'Ocp-Apim-Subscription-Key': KEYS.nzbnApiKey, ...headers },
      }),
    vendor: (path, body) => ask(`${simulator.url}/cloudwaitress${path}`, json(body)),
    backend: (method, path, body, { key, signal, headers } = {}) =>
      ask(`${simulator.url}/backend${path}`, {
        method,
        headers: {
          'Content-Type': 'application/json',
          'X-Service-Key': KEYS.backendServiceKey,
          'X-Organisation-ID': ORGANISATION,
          ...(key === undefined ? {} : { 'Idempotency-Key': key }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      }),
    subStep: async (key, restaurant, callOptions = {}) => {
      if (key === 'uploadImages')
        return harness.backend('POST', `/api/menus/${restaurant.menuId}/upload-images`, {}, callOptions);
      const state = await harness.control.state(restaurant.id);
      const body = { ...bodyFor(restaurant), codeInjectionId: state.backend?.code?.id, ...callOptions.body };
      return harness.backend('POST', `/api/registration/${PATHS[key]}`, body, callOptions);
    },
    signUp: async (email) => {
      const started = await harness.vendor('/users/register/start', startBody(email));
      const code = startBody(email)['signature'];
      return harness.vendor('/users/register/verify', {
        token: started.json['token'],
        email_confirmation_code: code,
      });
    },
  };
  return harness;
}

let number = 0;

/** Seeds a restaurant with a menu and an account at the vendor. */
export async function seedRestaurant(
  { control }: Pick<Harness, 'control'>,
  menu: { dishes?: number; images?: number; optionSets?: number; tags?: string[] } = {},
  rest: Partial<SeedRestaurantInput> = {},
): Promise<TestRestaurant> {
  number += 1;
  const restaurant = {
    id: randomUUID(),
    menuId: randomUUID(),
    email: `owner${number}@kowhaigrill.example`,
    name: `Test Table ${number}`,
  };
  const { dishes = 3, images = 0, optionSets = 0, tags = [] } = menu;
  await control.seed({
    accounts: [{ email: restaurant.email, password: PASSWORD }],
    restaurants: [
      {
        id: restaurant.id,
        organisation_id: ORGANISATION,
        name: restaurant.name,
        address: '12 Fern Street',
        city: 'Wellington',
        phone: '+6495550100',
        primary_color: '#F2B705',
        secondary_color: '#1F2A30',
        opening_hours: HOURS,
        menus: [
          {
            id: restaurant.menuId,
            option_sets: optionSets,
            dishes: Array.from({ length: dishes }, (_, at) => ({
              category: 'Mains',
              name: `Dish ${at}`,
              price: 12.5,
              tags,
              ...(at < images ? { image: `https://images.example/${at}.jpg` } : {}),
            })),
          },
        ],
        ...rest,
      },
    ],
  });
  return restaurant;
}

/** Asks again until it holds; the test's own time limit ends it. */
export async function eventually<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
