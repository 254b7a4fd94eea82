/**
 * The one table of step 6. Phases, needs, limits and labels of the twelve sub-steps stand here and nowhere else:
 * the workflow's executor, the activities, the record and the API all read it.
 */
import type { TaskQueueName } from './ids';

export const SUB_STEP_KEYS = [
  'cloudwaitressAccount',
  'codeGeneration',
  'createOnboardingUser',
  'uploadImages',
  'restaurantRegistration',
  'websiteConfig',
  'servicesConfig',
  'paymentConfig',
  'menuImport',
  'syncOnboardingUser',
  'optionSets',
  'itemTags',
] as const;

export type SubStepKey = (typeof SUB_STEP_KEYS)[number];
export type Phase = 1 | 2 | 3 | 4;

export interface SubStepDefinition {
  readonly key: SubStepKey;
  readonly label: string;
  readonly phase: Phase;
  /** What must have been satisfied before it starts. */
  readonly needs: readonly SubStepKey[];
  /** What must have settled, whatever its outcome, before it starts. */
  readonly after: readonly SubStepKey[];
  /**
   * What its being switched off or skipped means for those that need it:
   * `satisfies` always; `never`; or only if the thing it would have made exists already.
   */
  readonly whenSkipped: 'satisfies' | 'never' | 'if_exists';
  readonly taskQueue: TaskQueueName;
  /** Seconds. */
  readonly startToCloseSeconds: number;
  readonly heartbeatSeconds: number;
  /** What happens to a call that runs when the job is cancelled: hung up on, or waited for so that its end is recorded. */
  readonly onCancel: 'abort' | 'finish';
  /**
   * Whether a call may be repeated when the outcome of the last one is not known and cannot be read: `always` harmless; `once`, then
   * a person is asked; `never`: a second one would double what it makes.
   */
  readonly repeat: 'always' | 'once' | 'never';
  /** Whether its script logs in to the owner's account, whose sessions are limited. */
  readonly usesSession: boolean;
  /** Outputs that others need: a person who marks it as done must give them. */
  readonly requiredOutputs: readonly string[];
}

const MINUTE = 60;

/** What most rows share; a row states only where it differs. */
const COMMON = {
  after: [],
  startToCloseSeconds: 10 * MINUTE,
  heartbeatSeconds: 30,
  taskQueue: 'portal',
  usesSession: false,
  requiredOutputs: [],
} as const;

type Row = Omit<SubStepDefinition, keyof typeof COMMON | 'key'> &
  Partial<Pick<SubStepDefinition, keyof typeof COMMON>>;

const ROWS: Record<SubStepKey, Row> = {
  cloudwaitressAccount: {
    label: 'Create the ordering account',
    phase: 1,
    needs: [],
    whenSkipped: 'if_exists',
    taskQueue: 'accountCreation',
    startToCloseSeconds: MINUTE,
    onCancel: 'finish',
    repeat: 'always',
  },
  codeGeneration: {
    label: 'Generate the website code',
    phase: 1,
    needs: [],
    whenSkipped: 'if_exists',
    startToCloseSeconds: 5 * MINUTE,
    onCancel: 'abort',
    repeat: 'always',
    requiredOutputs: ['codeInjectionId'],
  },
  createOnboardingUser: {
    label: 'Create the onboarding user',
    phase: 1,
    needs: [],
    whenSkipped: 'if_exists',
    startToCloseSeconds: 5 * MINUTE,
    onCancel: 'finish',
    repeat: 'never',
  },
  uploadImages: {
    label: 'Upload the menu images',
    phase: 1,
    needs: [],
    whenSkipped: 'satisfies',
    taskQueue: 'registrations',
    onCancel: 'abort',
    repeat: 'always',
  },
  restaurantRegistration: {
    label: 'Register the restaurant',
    phase: 2,
    needs: ['cloudwaitressAccount'],
    whenSkipped: 'if_exists',
    onCancel: 'finish',
    repeat: 'never',
    usesSession: true,
    requiredOutputs: ['pumpd_restaurant_id'],
  },
  websiteConfig: {
    label: 'Configure the website',
    phase: 2,
    needs: ['restaurantRegistration', 'codeGeneration'],
    whenSkipped: 'never',
    startToCloseSeconds: 15 * MINUTE,
    onCancel: 'abort',
    repeat: 'once',
    usesSession: true,
  },
  servicesConfig: {
    label: 'Configure the services',
    phase: 2,
    needs: ['restaurantRegistration'],
    whenSkipped: 'never',
    onCancel: 'abort',
    repeat: 'always',
    usesSession: true,
  },
  paymentConfig: {
    label: 'Configure payments',
    phase: 2,
    needs: ['restaurantRegistration'],
    whenSkipped: 'never',
    onCancel: 'abort',
    repeat: 'always',
    usesSession: true,
  },
  menuImport: {
    label: 'Import the menu',
    phase: 2,
    needs: ['restaurantRegistration'],
    after: ['uploadImages'],
    whenSkipped: 'never',
    onCancel: 'finish',
    repeat: 'never',
    usesSession: true,
  },
  syncOnboardingUser: {
    label: 'Update the onboarding record',
    phase: 2,
    needs: ['restaurantRegistration', 'createOnboardingUser'],
    whenSkipped: 'never',
    startToCloseSeconds: 2 * MINUTE,
    onCancel: 'abort',
    repeat: 'always',
  },
  optionSets: {
    label: 'Add the option sets',
    phase: 3,
    needs: ['menuImport'],
    whenSkipped: 'never',
    startToCloseSeconds: 125 * MINUTE,
    heartbeatSeconds: 60,
    onCancel: 'finish',
    repeat: 'never',
    usesSession: true,
  },
  itemTags: {
    label: 'Add the item tags',
    phase: 4,
    needs: ['menuImport'],
    after: ['optionSets'],
    whenSkipped: 'never',
    startToCloseSeconds: 125 * MINUTE,
    heartbeatSeconds: 60,
    onCancel: 'finish',
    repeat: 'never',
    usesSession: true,
  },
};

export const SUB_STEPS: Readonly<Record<SubStepKey, SubStepDefinition>> = Object.fromEntries(
  SUB_STEP_KEYS.map((key) => [key, { ...COMMON, ...ROWS[key], key }]),
) as Record<SubStepKey, SubStepDefinition>;

export const PHASES: readonly { readonly phase: Phase; readonly description: string }[] = [
  { phase: 1, description: 'Account, code, onboarding user and images' },
  { phase: 2, description: 'Restaurant, settings and menu' },
  { phase: 3, description: 'Option sets' },
  { phase: 4, description: 'Item tags' },
];

export function subStepsOfPhase(phase: Phase): SubStepDefinition[] {
  return SUB_STEP_KEYS.map((key) => SUB_STEPS[key]).filter((definition) => definition.phase === phase);
}

/** A sub-step is tried at most this often per generation: once, and `max_retries` 3 times more. */
export const MAX_RETRIES = 3;
export const MAX_ATTEMPTS = MAX_RETRIES + 1;
