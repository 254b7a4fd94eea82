/** A batch that is carried to its end while parts of the stack are killed: a person at each API, and three witnesses when all is done. */
import { gather, type Witnesses } from '../../dev/chaos/facts';
import { Person } from '../../dev/chaos/person';
import { judge } from '../../dev/chaos/verdict';
import { prepareWorld } from '../../dev/demo';
import { ApiClient, type Job } from '../../dev/demo/api-client';
import { generateRestaurants } from '../../dev/demo/generator';
import { newRunId } from '../../dev/demo/run-ids';
import { restaurantsOfRun, type RunRestaurant } from '../../dev/demo/world';
import { simulatorClient } from '../../dev/simulator/client';
import type { ServiceName } from '../../dev/stack';
import { NO_RATE_LIMITS, type TestStack } from './stack';

/**
 * For the stack: a person works faster here than the API allows to a caller, and nothing waits for a slot or for its turn at the account
 * gate, which would be the whole of the time (test/integration/limits has its tests).
 */
export const CROWD_SETTINGS = {
  ...NO_RATE_LIMITS,
  MAX_PORTAL_SESSIONS: '20',
  ACCOUNT_MIN_INTERVAL_MS: '0',
};
const SESSIONS_PER_ACCOUNT = 4;
/** A dead API is not waited for: the person goes on at another one. */
const ASK_AGAIN_MS = 50;
/** To look at a whole batch is work for a small machine too. */
const BETWEEN_ROUNDS_MS = 1_000;
/** The record may be behind the workflows for this long. */
const RECORD_BEHIND_MS = 30_000;

export function apiClient(stack: TestStack, baseUrl: string): ApiClient {
  return new ApiClient({ baseUrl, token: () => stack.token(), longestPauseMs: ASK_AGAIN_MS });
}

/** Restaurants that stand on the register and the platform, and are in no batch yet. */
export async function newRestaurants(
  stack: TestStack,
  count: number,
  number: number,
): Promise<RunRestaurant[]> {
  const cast = restaurantsOfRun(generateRestaurants(count, number), { id: newRunId(), number });
  await prepareWorld(simulatorClient(stack.service('simulator').url), cast);
  return cast;
}

export const hasBegunStep6 = ({ steps }: Job): boolean =>
  steps[5] !== undefined && steps[5].status !== 'pending';

export class Crowd {
  private readonly people: Map<ServiceName, Person>;
  private readonly witnesses: Witnesses;

  private constructor(
    private readonly stack: TestStack,
    readonly batchId: string,
    cast: readonly RunRestaurant[],
    apis: readonly ServiceName[],
  ) {
    const restaurants = new Map(cast.map((one) => [one.id, one]));
    const simulator = simulatorClient(stack.service('simulator').url);
    this.people = new Map(
      apis.map((name) => {
        const api = apiClient(stack, stack.service(name).url);
        return [name, new Person({ api, simulator, batchId, restaurants })];
      }),
    );
    this.witnesses = { env: stack.env, simulator, batchId, restaurants };
  }

  /** Creates and starts the batch at the first of these APIs. */
  static async begin(
    stack: TestStack,
    cast: readonly RunRestaurant[],
    apis: readonly [ServiceName, ...ServiceName[]],
  ): Promise<Crowd> {
    const api = apiClient(stack, stack.service(apis[0]).url);
    const ids = cast.map(({ id }) => id);
    const { batch_job: batch } = await api.createBatch('A crowd', ids, newRunId());
    await api.start(batch.id);
    return new Crowd(stack, batch.id, cast, apis);
  }

  /** That API is gone: nobody sits there any more. */
  leave(api: ServiceName): void {
    this.people.delete(api);
  }

  /** One after the other looks and answers what waits, until the jobs are as described. */
  async until(
    reached: (jobs: readonly Job[]) => boolean | Promise<boolean>,
    withinMs: number,
  ): Promise<readonly Job[]> {
    const deadline = Date.now() + withinMs;
    let last: readonly Job[] = [];
    for (let turn = 0; ; turn += 1) {
      const people = [...this.people.values()];
      const seen = await people[turn % people.length]?.round();
      if (seen && (await reached((last = seen.jobs)))) return last;
      if (Date.now() > deadline)
        throw new Error(
          `Not reached: ${JSON.stringify(last.map(({ status, current_step }) => [status, current_step]))}`,
        );
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_ROUNDS_MS));
    }
  }

  /** How often an API blamed itself. */
  get internalErrors(): number {
    return [...this.people.values()].reduce((sum, { figures }) => sum + figures.internalErrors, 0);
  }

  /** What the record, the workflows and the outside world say against it: every promise that was not kept. */
  async problems(): Promise<string[]> {
    const limits = {
      accountMinIntervalMs: Number(this.stack.env['ACCOUNT_MIN_INTERVAL_MS']),
      sessionsPerAccount: SESSIONS_PER_ACCOUNT,
    };
    const deadline = Date.now() + RECORD_BEHIND_MS;
    for (;;) {
      const facts = await gather(this.witnesses);
      const problems = judge(facts, limits).flatMap((check) => check.problems);
      if (problems.length === 0 || Date.now() > deadline) return problems;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}
