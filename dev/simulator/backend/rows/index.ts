/** One row for each sub-step that runs as a script for a restaurant: what it asks for, what it checks first, what it does. */
import { itemTags, menuImport, optionSets } from './menu';
import { cloudwaitressAccount, createOnboardingUser, syncOnboardingUser } from './people';
import {
  codeGeneration,
  paymentConfig,
  restaurantRegistration,
  servicesConfig,
  websiteConfig,
} from './restaurant';
import type { ScriptKey } from './row';

export type { Row, ScriptKey } from './row';

/** A key without a row, or a row without a key, does not compile. */
export const ROWS = {
  cloudwaitressAccount,
  codeGeneration,
  createOnboardingUser,
  restaurantRegistration,
  websiteConfig,
  servicesConfig,
  paymentConfig,
  menuImport,
  syncOnboardingUser,
  optionSets,
  itemTags,
} satisfies { [K in ScriptKey]: unknown };
