import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import type { Operator } from './operator';

/** Every effect exactly once where one is due, else none; the witness is the simulator. */
export async function expectEachEffectOnce(operator: Operator): Promise<void> {
  const counted = new Map(
    (await operator.effects()).map((effect) => [`${effect.restaurantId} ${effect.subStep}`, effect.count]),
  );
  for (const { id, restaurant } of operator.restaurants) {
    const due = {
      uploadImages: restaurant.dishes.some((dish) => dish.image !== undefined),
      optionSets: restaurant.optionSets > 0,
    };
    // Accounts are made at the vendor, who knows e-mails and no restaurants.
    for (const key of SUB_STEP_KEYS.filter((one) => one !== 'cloudwaitressAccount')) {
      const expected = key in due && !due[key as keyof typeof due] ? 0 : 1;
      expect({ id, key, count: counted.get(`${id} ${key}`) ?? 0 }).toEqual({ id, key, count: expected });
    }
  }
  const { effects } = await operator.simulator.effects();
  const emails = operator.restaurants.map(({ email }) => email.toLowerCase());
  const accounts = effects.filter(({ email }) => email !== null && emails.includes(email));
  expect(accounts.map(({ count }) => count)).toEqual(emails.map(() => 1));
  expect(await operator.simulator.effectsSummary()).toMatchObject({
    duplicates: 0,
    concurrentCalls: 0,
    unmetNeeds: [],
  });
}
