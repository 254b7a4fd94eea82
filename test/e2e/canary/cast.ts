/** The restaurants whose passwords are looked for, and what goes wrong with each of them. */
import { randomBytes } from 'node:crypto';
import { generateRestaurants } from '../../../dev/demo/generator';
import { newRunId } from '../../../dev/demo/run-ids';
import { restaurantsOfRun, type RunRestaurant } from '../../../dev/demo/world';
import type { FaultRule } from '../../../dev/simulator/faults';

/** Unlike anything else, and changed by every form that has signs of its own. */
export const recognisable = (): string =>
  `Tūī "${randomBytes(9).toString('hex')}" \\ /&+%=? ${randomBytes(6).toString('hex')}Z9`;

/** Two of three have passwords of their own, which are noted; the others have them generated. */
export function cast(given: Map<string, string>): RunRestaurant[] {
  const restaurants = generateRestaurants(6, 31).map((one, at) => {
    if (at % 3 === 2) return one;
    const account = recognisable();
    const onboarding = recognisable();
    given.set(`account ${at}`, account).set(`onboarding ${at}`, onboarding);
    const configuration = {
      use_defaults: true,
      account: { password: account },
      onboarding: { userPassword: onboarding },
    };
    return { ...one, configuration };
  });
  return restaurantsOfRun(restaurants, { id: newRunId(), number: 1 });
}

/** Outside systems that repeat the password in their errors, cut a script off, or refuse the password: each once. */
export function faultsFor(run: readonly RunRestaurant[]): FaultRule[] {
  const of = (at: number): RunRestaurant => {
    const one = run[at];
    if (!one) throw new Error(`There is no restaurant ${at}`);
    return one;
  };
  const backend = (at: number, route: string) => {
    const restaurantId = of(at).id;
    return { id: `${route} ${at}`, system: 'backend', route, restaurantId, times: 1 } as const;
  };
  return [
    { ...backend(0, 'restaurantRegistration'), kind: 'leak_password' },
    { ...backend(0, 'createOnboardingUser'), kind: 'leak_password' },
    { id: 'vendor', system: 'cloudwaitress', email: of(1).email, times: 1, kind: 'outcome', variant: 'leak' },
    { ...backend(2, 'restaurantRegistration'), kind: 'leak_password' },
    { ...backend(2, 'createOnboardingUser'), kind: 'leak_password' },
    { ...backend(3, 'menuImport'), kind: 'killed' },
    { ...backend(4, 'websiteConfig'), kind: 'wrong_password' },
    { ...backend(5, 'restaurantRegistration'), kind: 'killed' },
  ];
}
