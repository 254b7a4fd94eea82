/** Restaurants that the console's people find, in no batch. */
import { prepareWorld } from '../../dev/demo';
import { generateRestaurants } from '../../dev/demo/generator';
import { newRunId } from '../../dev/demo/run-ids';
import { restaurantsOfRun, type RunRestaurant } from '../../dev/demo/world';
import { simulatorClient, type SimulatorClient } from '../../dev/simulator/client';
import type { TestStack } from '../helpers/stack';

export interface ConsoleWorld {
  simulator: SimulatorClient;
  restaurants: readonly RunRestaurant[];
}

export async function prepareConsoleWorld(stack: TestStack, count: number): Promise<ConsoleWorld> {
  const simulator = simulatorClient(stack.service('simulator').url);
  const restaurants = restaurantsOfRun(generateRestaurants(count, 5), { id: newRunId(), number: 1 });
  await prepareWorld(simulator, restaurants);
  return { simulator, restaurants };
}
