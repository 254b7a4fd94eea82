/** The restaurants of a plan. */
import { generateRestaurants } from '../demo/generator';
import type { DemoRestaurant } from '../demo/restaurants';
import { restaurantsOfRun, type RunRestaurant } from '../demo/world';
import { hex } from '../simulator/random';
import type { ChaosPlan } from './plan';

/** In the plan's order: some belong to one owner, some are extracted late. Their ids follow from the seed too. */
export function castOf({ options, sharedOwners, lateExtractions }: ChaosPlan): RunRestaurant[] {
  const { restaurants, seed } = options;
  const generated = generateRestaurants(restaurants, seed);
  const cast = generated.map((one, at): DemoRestaurant => {
    const owner = sharedOwners.includes(at) ? generated[at - 1] : undefined;
    const late = lateExtractions.find(({ restaurant }) => restaurant === at);
    return {
      ...one,
      ...(owner ? ofOwner(owner, one) : {}),
      extractionLateSeconds: late?.seconds ?? null,
    };
  });
  return restaurantsOfRun(cast, { id: hex(8, seed, 'chaos run'), number: 1 });
}

/** The owner wrote the address in capitals this time; the front of house here has a log-in of its own. */
function ofOwner(owner: DemoRestaurant, { name, email }: DemoRestaurant): Partial<DemoRestaurant> {
  return {
    email: owner.email.replace(/^[^@]+/, (local) => local.toUpperCase()),
    configuration: { use_defaults: true, onboarding: { userName: name, userEmail: email } },
  };
}
