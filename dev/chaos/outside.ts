/** What the outside world shows of one restaurant: what took effect, what is due, and what a sub-step made. */
import type { SubStepOutput } from '../../domain/record';
import type { SubStepKey } from '../../domain/sub-steps';
import type { RunRestaurant } from '../demo/world';
import type { EffectRow, RestaurantState } from '../simulator/client';

export const ACCOUNT: SubStepKey = 'cloudwaitressAccount';

/** The rows of one restaurant's sub-step. An account stands under its owner's e-mail: that is all that the vendor knows. */
export function effectsOf(
  key: SubStepKey,
  { id, email }: Pick<RunRestaurant, 'id' | 'email'>,
  effects: readonly EffectRow[],
): EffectRow[] {
  return effects.filter(
    (row) =>
      row.subStep === key &&
      (row.restaurantId === id || (key === ACCOUNT && row.email === email.toLowerCase())),
  );
}

export function tookEffect(key: SubStepKey, one: RunRestaurant, effects: readonly EffectRow[]): boolean {
  return effectsOf(key, one, effects).some(({ count }) => count > 0);
}

/** What others need of a sub-step that is marked as done, as far as the platform shows it. */
export function outputOf(key: SubStepKey, { email }: RunRestaurant, world: RestaurantState): SubStepOutput {
  const outputs: Partial<Record<SubStepKey, Record<string, string | null | undefined>>> = {
    cloudwaitressAccount: { email },
    codeGeneration: { codeInjectionId: world.backend?.code?.id },
    restaurantRegistration: {
      pumpd_restaurant_id: world.platform?.id,
      pumpd_subdomain: world.platform?.subdomain,
    },
  };
  const shown = Object.entries(outputs[key] ?? {}).flatMap(([name, value]) =>
    value ? [[name, value] as const] : [],
  );
  return Object.fromEntries(shown);
}
