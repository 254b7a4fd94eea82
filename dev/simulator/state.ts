/** The whole world as plain JSON, so that it can be dumped and restored. Passwords are kept as hashes. */
import type { SubStepKey } from '../../domain/sub-steps';
import { type StoredFault } from './faults';
import type { SeedEntity, SeedRestaurant } from './world';

export interface Account {
  email: string;
  phone: string;
  passwordHash: string;
  userId: string;
  /** `seed`: it was there before. */
  via: 'cloudwaitress' | 'backend' | 'seed';
}

export interface StartedSignUp {
  email: string;
  phone: string;
  passwordHash: string;
  signature: string;
  verified: boolean;
}

/** The set-up backend's account record, one per organisation and e-mail. */
export interface Credentials {
  email: string;
  passwordHash: string;
  status: 'pending' | 'completed';
}

export interface BackendLog {
  action:
    'account_creation' | 'restaurant_registration' | 'onboarding_user_creation' | 'onboarding_record_update';
  status: 'success' | 'failed';
  created_at: string;
  userEmail: string | null;
}

/** What the backend knows of one restaurant. */
export interface BackendRecord {
  credentialsKey: string | null;
  code: { id: string | null; generatedAt: string } | null;
  /** Null until code generation or registration made the row. */
  registration: { status: 'pending' | 'completed'; idReadable: boolean } | null;
  platformIds: string[];
  onboardingStatus: string | null;
  demoStoreUrl: string | null;
  logoUrl: string | null;
  stripeConnectUrl: string | null;
  logs: BackendLog[];
}

/** A restaurant on the ordering platform itself. */
export interface PlatformRestaurant {
  id: string;
  restaurantId: string;
  accountEmail: string;
  name: string;
  subdomain: string;
  menus: { name: string; dishes: number }[];
  optionSets: number;
  tags: string[];
  itemsTagged: number;
  headInjection: boolean;
  pickup: boolean;
  delivery: boolean;
  stripe: boolean;
}

export interface UploadBatch {
  id: string;
  restaurantId: string;
  menuId: string;
  images: string[];
  failed: string[];
  /** How many of `images` fail at the end. */
  toFail: number;
  status: 'processing' | 'completed' | 'failed';
  startedAt: number;
  /** Real time at which it ends; null: never (stalled). */
  endsAt: number | null;
}

export interface EffectRow {
  /** Null for accounts made directly at the vendor: there is no restaurant on that wire. */
  restaurantId: string | null;
  /** Lower case; only for accounts. */
  email: string | null;
  subStep: SubStepKey;
  /** How often it took effect. */
  count: number;
  /** How many of these made something a second time. */
  duplicated: number;
  /** Calls begun. */
  attempts: number;
  /** Values of Idempotency-Key seen. */
  keys: string[];
  /** Calls begun while another one for the same sub-step ran. */
  concurrentCalls: number;
  lastEffectAt: string | null;
}

export interface Settings {
  timeScale: number;
  killLimits: boolean;
  /** What `email_confirmation_code` must be. */
  confirmation: 'signature' | 'code' | 'either';
  confirmationCode: string | null;
  /** Answer start calls that come too close as throttled. */
  accountThrottle: boolean;
  /** Real milliseconds. Changes with the time scale unless it was given scaled. */
  accountIntervalMs: number;
  honourIdempotencyKey: boolean;
  registerPageSize: number;
}

export interface PendingExtraction {
  restaurantId: string;
  /** Real time. */
  dueAt: number;
}

export interface WorldState {
  version: 1;
  settings: Settings;
  entities: Record<string, SeedEntity>;
  restaurants: Record<string, SeedRestaurant>;
  accounts: Record<string, Account>;
  signUps: Record<string, StartedSignUp>;
  credentials: Record<string, Credentials>;
  backend: Record<string, BackendRecord>;
  platform: Record<string, PlatformRestaurant>;
  /** By lower-case e-mail. */
  onboardingUsers: Record<string, { id: string; restaurantId: string }>;
  uploadedImages: Record<string, string[]>;
  failedImages: Record<string, string[]>;
  uploadBatches: Record<string, UploadBatch>;
  pendingExtractions: PendingExtraction[];
  extracted: string[];
  effects: Record<string, EffectRow>;
  /** Calls for something whose needs were not met: "restaurantId sub-step". */
  unmetNeeds: string[];
  /** Dishes that got the wrong allergen label: "restaurantId dish". */
  mislabelled: string[];
  starts: {
    count: number;
    throttled: number;
    lastAt: number | null;
    lastAcceptedAt: number | null;
    minGapMs: number | null;
  };
  maxSessions: { inAll: number; perAccount: Record<string, number> };
  faults: StoredFault[];
  answers: Record<string, { status: number; body: unknown }>;
  counters: { fault: number; request: number };
}

export function emptyState(settings: Settings): WorldState {
  return {
    version: 1,
    settings,
    entities: {},
    restaurants: {},
    accounts: {},
    signUps: {},
    credentials: {},
    backend: {},
    platform: {},
    onboardingUsers: {},
    uploadedImages: {},
    failedImages: {},
    uploadBatches: {},
    pendingExtractions: [],
    extracted: [],
    effects: {},
    unmetNeeds: [],
    mislabelled: [],
    starts: { count: 0, throttled: 0, lastAt: null, lastAcceptedAt: null, minGapMs: null },
    maxSessions: { inAll: 0, perAccount: {} },
    faults: [],
    answers: {},
    counters: { fault: 0, request: 0 },
  };
}

/** The record of a restaurant at the backend, made when first asked for. */
export function backendRecord(state: WorldState, restaurantId: string): BackendRecord {
  return (state.backend[restaurantId] ??= {
    credentialsKey: null,
    code: null,
    registration: null,
    platformIds: [],
    onboardingStatus: null,
    demoStoreUrl: null,
    logoUrl: null,
    stripeConnectUrl: null,
    logs: [],
  });
}

export const credentialsKey = (organisationId: string, email: string): string =>
  `${organisationId} ${email.toLowerCase()}`;
