/** From the demo's restaurants to what the simulator is told: the world of this run and the faults in it. */
import type { SubmittedConfiguration } from '../../domain/configuration';
import type { FaultRule } from '../simulator/faults';
import type { SeedRestaurantInput, WorldDocument } from '../simulator/world';
import type { DemoRestaurant } from './restaurants';
import { runEmail, runUuid } from './run-ids';

/** One performance of the demo. */
export interface Run {
  /** In every id and e-mail of the run. */
  id: string;
  /** How often the demo was played on this stack, this time included. */
  number: number;
}

/** A restaurant of this run: its id and name on the platform, its owner's e-mail, what its person submits in step 5. */
export interface RunRestaurant {
  restaurant: DemoRestaurant;
  id: string;
  menuId: string;
  name: string;
  email: string;
  configuration: SubmittedConfiguration;
}

/**
 * The platform gives a web address once, and derives it from the name: from the second run on a branch number in brackets
 * keeps names apart, which the search on the register leaves out.
 */
const runName = (run: Run, name: string): string => (run.number === 1 ? name : `${name} (${run.number})`);

/** What a person wrote of names and e-mails is of this run too; the web address follows from the name. */
function configurationOfRun(
  run: Run,
  configuration: SubmittedConfiguration,
  menuId: string,
): SubmittedConfiguration {
  const { account, restaurant, menu, onboarding } = configuration;
  const email = (given: string | undefined): string | undefined => given && runEmail(run.id, given);
  return {
    ...configuration,
    ...(account && { account: { ...account, email: email(account.email) } }),
    ...(restaurant && {
      restaurant: {
        ...restaurant,
        name: restaurant.name && runName(run, restaurant.name),
        subdomain: undefined,
      },
    }),
    // A menu has no id before it is on the platform: whoever fills in everything chooses the only one there is.
    ...(!configuration.use_defaults && { menu: { ...menu, selectedMenuId: menuId } }),
    ...(onboarding && { onboarding: { ...onboarding, userEmail: email(onboarding.userEmail) } }),
  };
}

export function restaurantsOfRun(restaurants: readonly DemoRestaurant[], run: Run): RunRestaurant[] {
  return restaurants.map((restaurant, at) => {
    const menuId = runUuid(run.id, 'menu', at);
    const configuration = configurationOfRun(run, restaurant.configuration, menuId);
    return {
      restaurant,
      id: runUuid(run.id, 'restaurant', at),
      menuId,
      name: runName(run, restaurant.name),
      email: configuration.account?.email ?? runEmail(run.id, restaurant.email),
      configuration,
    };
  });
}

function seedRestaurant(
  { restaurant, id, menuId, name, email }: RunRestaurant,
  organisationId: string,
): SeedRestaurantInput {
  const { websiteUrl, primaryColour, secondaryColour, extractionLateSeconds: late } = restaurant;
  return {
    id,
    organisation_id: organisationId,
    name,
    address: restaurant.address,
    city: restaurant.city,
    phone: restaurant.phone,
    email,
    ...(websiteUrl === null ? {} : { website_url: websiteUrl }),
    ...(primaryColour === null ? {} : { primary_color: primaryColour }),
    ...(secondaryColour === null ? {} : { secondary_color: secondaryColour }),
    opening_hours: restaurant.openingHours,
    cuisine: restaurant.cuisines,
    extraction: late === null ? { state: 'completed' } : { state: 'late', late_seconds: late },
    menus: [{ id: menuId, dishes: restaurant.dishes, option_sets: restaurant.optionSets }],
  };
}

/** The register's entities are the same in every run; restaurants and menus are new. */
export function worldOfRun(run: readonly RunRestaurant[], organisationId: string): WorldDocument {
  return {
    entities: run.flatMap(({ restaurant }) => (restaurant.entity === null ? [] : [restaurant.entity])),
    restaurants: run.map((one) => seedRestaurant(one, organisationId)),
  };
}

/** What goes wrong on purpose: the registration call takes effect, and its caller hears nothing of it. */
export function faultsOfRun(run: readonly RunRestaurant[]): FaultRule[] {
  return run
    .filter(({ restaurant }) => restaurant.scenario === 'registration_times_out')
    .map(({ id }) => ({
      id: `demo-${id}`,
      system: 'backend',
      route: 'restaurantRegistration',
      restaurantId: id,
      times: 1,
      kind: 'timeout_after_effect',
    }));
}
