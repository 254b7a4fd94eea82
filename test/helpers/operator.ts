/** A person at the API, for tests of the whole: starts a batch of invented restaurants and answers when the test wants it. */
import { createAndStart, prepareWorld } from '../../dev/demo';
import { Desk } from '../../dev/demo/answers';
import { ApiClient, type Job } from '../../dev/demo/api-client';
import { newRunId } from '../../dev/demo/run-ids';
import type { DemoRestaurant } from '../../dev/demo/restaurants';
import { restaurantsOfRun, type RunRestaurant } from '../../dev/demo/world';
import { simulatorClient, type EffectRow, type SimulatorClient } from '../../dev/simulator/client';
import type { TestStack } from './stack';

export class Operator {
  private constructor(
    readonly api: ApiClient,
    readonly simulator: SimulatorClient,
    readonly batchId: string,
    readonly restaurants: readonly RunRestaurant[],
    private readonly desk: Desk,
  ) {}

  /** @param beforeStart sets faults, knowing the restaurants' ids */
  static async begin(
    stack: TestStack,
    restaurants: readonly DemoRestaurant[],
    beforeStart: (run: readonly RunRestaurant[], simulator: SimulatorClient) => Promise<unknown> = () =>
      Promise.resolve(),
  ): Promise<Operator> {
    const api = new ApiClient({ baseUrl: stack.service('api').url, token: () => stack.token() });
    const simulator = simulatorClient(stack.service('simulator').url);
    const run = { id: newRunId(), number: (await api.countBatches()) + 1 };
    const ofRun = restaurantsOfRun(restaurants, run);
    await prepareWorld(simulator, ofRun);
    await beforeStart(ofRun, simulator);
    const batchId = await createAndStart(api, run, ofRun);
    const desk = new Desk(api, batchId, new Map(ofRun.map((one) => [one.id, one])));
    return new Operator(api, simulator, batchId, ofRun, desk);
  }

  async jobs(): Promise<Job[]> {
    return (await this.api.details(this.batchId)).jobs;
  }

  /** Looks until the jobs are as described; answers what waits meanwhile, unless told not to. */
  async until(
    reached: (jobs: Job[]) => boolean | Promise<boolean>,
    { answering = true, withinMs = 120_000 } = {},
  ): Promise<Job[]> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const jobs = await this.jobs();
      if (await reached(jobs)) return jobs;
      if (Date.now() > deadline) throw new Error(`Not reached: ${JSON.stringify(jobs.map(brief), null, 1)}`);
      if (answering) await this.desk.answer(jobs);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** The outside effects of this batch's restaurants alone. */
  async effects(): Promise<EffectRow[]> {
    const ids = new Set(this.restaurants.map(({ id }) => id));
    const { effects } = await this.simulator.effects();
    return effects.filter((effect) => effect.restaurantId !== null && ids.has(effect.restaurantId));
  }
}

const brief = ({ status, current_step, steps }: Job): unknown => ({
  status,
  current_step,
  steps: steps.map((step) => step.status),
  subSteps: steps[5]?.sub_step_progress,
});
