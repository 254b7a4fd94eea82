import type { SubStepKey } from '../../../../domain/sub-steps';
import { itemTags, menuImport, optionSets, uploadImages } from './menu';
import { paymentConfig, restaurantRegistration, servicesConfig } from './restaurant';
import type { BackendRow } from './row';
import { cloudwaitressAccount, createOnboardingUser, syncOnboardingUser } from './users';
import { codeGeneration, websiteConfig } from './website';

/** How each sub-step is asked of the backend; a missing one does not compile. */
export const BACKEND_ROWS: Readonly<Record<SubStepKey, BackendRow>> = {
  cloudwaitressAccount,
  codeGeneration,
  createOnboardingUser,
  uploadImages,
  restaurantRegistration,
  websiteConfig,
  servicesConfig,
  paymentConfig,
  menuImport,
  syncOnboardingUser,
  optionSets,
  itemTags,
};
