/**
 * Pre-flight of step 5: whether a complete configuration can run, before it is accepted. Form is checked by the schema and
 * completeness by `resolveConfiguration`; here it is about what the values mean at the platform.
 */
import { dishesThatContain } from './allergens';
import { enabledSubSteps } from './configuration/enabled';
import { fieldIssues } from './configuration/issues';
import { configurationSnapshotSchema } from './configuration/schema';
import type { ConfigurationSnapshot } from './configuration/types';
import { nameSimilarity } from './names';
import { parseColour, parseEmail, parsePhone, type Parsed } from './nz';
import { openingHoursFindings } from './opening-hours';
import { deriveSubdomain } from './subdomain';

export type PreflightCode =
  | 'NOT_ALLOWED'
  | 'EMAIL_INVALID'
  | 'PHONE_INVALID'
  | 'COLOUR_INVALID'
  | 'MENU_NOT_OF_RESTAURANT'
  | 'MENU_EMPTY'
  | 'OPENING_HOURS'
  | 'SUBDOMAIN_EMPTY'
  | 'SUBDOMAIN_DIFFERS'
  | 'SUBDOMAIN_TAKEN'
  | 'ALLERGEN_TAGS'
  | 'ALIKE_NAME';

export interface PreflightFinding {
  /** Dotted path in the configuration. */
  path: string;
  message: string;
  code: PreflightCode;
}

export interface PreflightInput {
  configuration: ConfigurationSnapshot;
  restaurant: { id: string; name: string };
  /** The restaurant's own menus. */
  menus: readonly { id: string }[];
  /** Dishes of the selected menu; `tags` as the database holds them: a list, one text, or anything. */
  dishes: readonly { name: string | null; tags: unknown }[];
  /** Other restaurants that live or will live in the same account. */
  otherRestaurantsOfAccount?: readonly { id: string; name: string }[];
  /** Addresses that other restaurants of any organisation are known to have. */
  takenSubdomains?: readonly string[];
}

export interface PreflightResult {
  /** Any of these: the configuration is not accepted. */
  problems: PreflightFinding[];
  /** For people to see; they stop nothing. */
  warnings: PreflightFinding[];
}

type Check = (input: PreflightInput, result: PreflightResult) => void;

/** Sections whose values come from fixed lists; references and the owner's key are not known yet. */
const checked = configurationSnapshotSchema.pick({
  restaurant: true,
  menu: true,
  website: true,
  payment: true,
  steps_enabled: true,
});

const checkAllowed: Check = ({ configuration }, { problems }) => {
  const { restaurant, menu, website, payment, steps_enabled } = configuration;
  const parsed = checked.safeParse({ restaurant, menu, website, payment, steps_enabled });
  if (parsed.success) return;
  problems.push(
    ...fieldIssues(parsed.error).map(({ path, message }) => ({
      path,
      message,
      code: 'NOT_ALLOWED' as const,
    })),
  );
};

const checkValues: Check = ({ configuration }, { problems, warnings }) => {
  const { account, restaurant, website, onboarding } = configuration;
  const on = enabledSubSteps(configuration);
  const check = (
    path: string,
    value: string | null,
    parse: (text: string) => Parsed,
    code: PreflightCode,
  ): void => {
    const parsed = value === null ? null : parse(value);
    if (parsed?.ok === false) problems.push({ path, code, message: parsed.problem });
    else if (parsed?.note) warnings.push({ path, code, message: parsed.note });
  };
  check('account.email', account.email, parseEmail, 'EMAIL_INVALID');
  check('account.phone', account.phone, parsePhone, 'PHONE_INVALID');
  check('restaurant.phone', restaurant.phone, parsePhone, 'PHONE_INVALID');
  check('website.primaryColor', website.primaryColor, parseColour, 'COLOUR_INVALID');
  check('website.secondaryColor', website.secondaryColor, parseColour, 'COLOUR_INVALID');
  if (on.createOnboardingUser.enabled || on.syncOnboardingUser.enabled) {
    check('onboarding.userEmail', onboarding.userEmail, parseEmail, 'EMAIL_INVALID');
  }
};

const checkMenu: Check = ({ configuration, menus, dishes }, { problems }) => {
  const { selectedMenuId } = configuration.menu;
  if (selectedMenuId === null) return;
  const path = 'menu.selectedMenuId';
  const on = enabledSubSteps(configuration);
  if (!menus.some(({ id }) => id.toLowerCase() === selectedMenuId.toLowerCase())) {
    problems.push({
      path,
      code: 'MENU_NOT_OF_RESTAURANT',
      message: 'This menu is not one of the restaurant.',
    });
  } else if (dishes.length === 0 && (on.menuImport.enabled || on.uploadImages.enabled)) {
    problems.push({ path, code: 'MENU_EMPTY', message: 'This menu has no dishes.' });
  }
};

const checkHours: Check = ({ configuration }, result) => {
  for (const { entry, message, severity } of openingHoursFindings(configuration.restaurant.opening_hours)) {
    const path = ['restaurant.opening_hours', entry].filter((part) => part !== null).join('.');
    result[severity === 'problem' ? 'problems' : 'warnings'].push({ path, code: 'OPENING_HOURS', message });
  }
};

const checkSubdomain: Check = ({ configuration, takenSubdomains = [] }, { problems, warnings }) => {
  const { name, subdomain } = configuration.restaurant;
  const derived = deriveSubdomain(name);
  const path = 'restaurant.subdomain';
  if (derived === null) {
    const message =
      'The web address is made of the letters a to z and digits of the name, and this name has none.';
    problems.push({ path: 'restaurant.name', code: 'SUBDOMAIN_EMPTY', message });
    return;
  }
  if (subdomain !== derived) {
    const message = `The platform will make the address "${derived}" of the name, whatever is given here.`;
    warnings.push({ path, code: 'SUBDOMAIN_DIFFERS', message });
  }
  if (takenSubdomains.some((taken) => taken.toLowerCase() === derived)) {
    warnings.push({
      path,
      code: 'SUBDOMAIN_TAKEN',
      message: `The address "${derived}" is taken: change the name.`,
    });
  }
};

const NAMED_DISHES = 20;

const checkAllergens: Check = ({ configuration, dishes }, { problems }) => {
  if (!enabledSubSteps(configuration).itemTags.enabled) return;
  const named = dishesThatContain(dishes);
  if (named.length === 0) return;
  const more = named.length > NAMED_DISHES ? ` and ${named.length - NAMED_DISHES} more` : '';
  const message =
    'The platform would turn "contains …" into "… Free". Remove these tags or switch item tags off: ' +
    `${named.slice(0, NAMED_DISHES).join(', ')}${more}.`;
  problems.push({ path: 'menu.addItemTags', code: 'ALLERGEN_TAGS', message });
};

/** The backend finds a restaurant in its account by similar name. */
const ALIKE = 80;

const checkAlikeNames: Check = (
  { configuration, restaurant, otherRestaurantsOfAccount = [] },
  { warnings },
) => {
  const { name } = configuration.restaurant;
  for (const other of otherRestaurantsOfAccount) {
    if (other.id === restaurant.id || nameSimilarity(name, other.name) < ALIKE) continue;
    const message = `"${other.name}" in the same account has a name so alike that the platform may confuse the two.`;
    warnings.push({ path: 'restaurant.name', code: 'ALIKE_NAME', message });
  }
};

const CHECKS: readonly Check[] = [
  checkValues,
  checkMenu,
  checkHours,
  checkSubdomain,
  checkAllergens,
  checkAlikeNames,
  checkAllowed,
];

/** Everything that is wrong or doubtful, not only the first; pure. A path has its most telling problem alone. */
export function preflight(input: PreflightInput): PreflightResult {
  const result: PreflightResult = { problems: [], warnings: [] };
  for (const check of CHECKS) check(input, result);
  const told = new Set<string>();
  result.problems = result.problems.filter(({ path }) => !told.has(path) && told.add(path));
  return result;
}
