/** Which of the twelve sub-steps a configuration switches on. Workflow code imports this file: no library, nothing from Node. */
import { SUB_STEP_KEYS, type SubStepKey } from '../sub-steps';
import type { ConfigurationSnapshot } from './types';

export type SubStepSwitch =
  | { enabled: true }
  | {
      enabled: false;
      /** For people, e.g. "switched off in steps_enabled". */
      reason: string;
      /** The configuration itself says that what the sub-step would make exists: what needs it goes on. */
      exists: boolean;
    };

/** The part of a configuration that switches sub-steps; defaults that are still being resolved have it too. */
export type SwitchSettings = {
  account: Pick<ConfigurationSnapshot['account'], 'registerNewUser'>;
  menu: Pick<ConfigurationSnapshot['menu'], 'uploadImages' | 'addOptionSets' | 'addItemTags'>;
  onboarding: Pick<ConfigurationSnapshot['onboarding'], 'createOnboardingUser' | 'syncOnboardingRecord'>;
  steps_enabled: ConfigurationSnapshot['steps_enabled'];
};

interface OwnSwitch {
  name: string;
  isOn: (settings: SwitchSettings) => boolean;
  exists?: true;
}

/** Sub-steps that have a setting of their own beside `steps_enabled`. */
const OWN_SWITCHES: Partial<Record<SubStepKey, OwnSwitch>> = {
  cloudwaitressAccount: {
    name: 'account.registerNewUser',
    isOn: ({ account }) => account.registerNewUser,
    exists: true,
  },
  createOnboardingUser: {
    name: 'onboarding.createOnboardingUser',
    isOn: ({ onboarding }) => onboarding.createOnboardingUser,
  },
  uploadImages: { name: 'menu.uploadImages', isOn: ({ menu }) => menu.uploadImages },
  syncOnboardingUser: {
    name: 'onboarding.syncOnboardingRecord',
    isOn: ({ onboarding }) => onboarding.syncOnboardingRecord,
  },
  optionSets: { name: 'menu.addOptionSets', isOn: ({ menu }) => menu.addOptionSets },
  itemTags: { name: 'menu.addItemTags', isOn: ({ menu }) => menu.addItemTags },
};

function subStepSwitch(key: SubStepKey, settings: SwitchSettings): SubStepSwitch {
  const own = OWN_SWITCHES[key];
  if (own && !own.isOn(settings)) {
    return own.exists
      ? { enabled: false, reason: `the account exists already (${own.name} is off)`, exists: true }
      : { enabled: false, reason: `switched off by ${own.name}`, exists: false };
  }
  return settings.steps_enabled[key] === false
    ? { enabled: false, reason: 'switched off in steps_enabled', exists: false }
    : { enabled: true };
}

/** Every sub-step's switch: off if `steps_enabled` says `false` or its own setting is off, else on. */
export function enabledSubSteps(settings: SwitchSettings): Record<SubStepKey, SubStepSwitch> {
  return Object.fromEntries(SUB_STEP_KEYS.map((key) => [key, subStepSwitch(key, settings)])) as Record<
    SubStepKey,
    SubStepSwitch
  >;
}
