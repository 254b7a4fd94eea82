/** The trouble of the world outside: sets the plan's faults, and counts those that struck. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunRestaurant } from '../demo/world';
import type { FaultRule, SimulatorClient } from '../simulator/client';
import type { Storm, Strike } from './plan';

/** The rule with the one whom it strikes, by what each system knows of a restaurant. */
export function aimed({ rule }: Strike, one: RunRestaurant, id: string): FaultRule {
  switch (rule.system) {
    case 'nzbn':
      return { ...rule, id, term: one.restaurant.name };
    case 'cloudwaitress':
      return { ...rule, id, email: one.email };
    case 'backend':
    case 'platform-read':
      return { ...rule, id, restaurantId: one.id };
  }
}

export class Weather {
  /** Faults that struck, by kind. */
  readonly struck: Record<string, number> = {};
  requests = 0;
  private seenUpTo = 0;

  constructor(
    private readonly simulator: SimulatorClient,
    private readonly signal: AbortSignal,
    private readonly say: (line: string) => void,
  ) {}

  /** `ofRun` in the plan's order. */
  async set(strikes: readonly Strike[], ofRun: readonly RunRestaurant[]): Promise<void> {
    const rules = strikes.flatMap((strike, at): FaultRule[] => {
      const one = ofRun[strike.restaurant];
      return one === undefined ? [] : [aimed(strike, one, `strike-${at}`)];
    });
    await this.simulator.addFaults(...rules);
  }

  /** Resolves when the last storm is over. */
  async storms(storms: readonly Storm[]): Promise<void> {
    const startedAt = Date.now();
    await Promise.all(
      storms.map(async ({ atMs, forMs, rule }, at) => {
        const id = `storm-${at}`;
        await this.pause(startedAt + atMs - Date.now());
        await this.simulator.addFaults({ ...rule, id });
        this.say(`${rule.system} is in trouble (${rule.kind})`);
        await this.pause(forMs);
        await this.simulator.clearFaults(id);
      }),
    );
  }

  async clear(): Promise<void> {
    await this.simulator.clearFaults();
  }

  /** Counts what came in since the last look. The simulator forgets old requests, so it is looked at now and then. */
  async look(): Promise<void> {
    for (const { seq, faults } of await this.simulator.ledger({ since: this.seenUpTo })) {
      this.seenUpTo = Math.max(this.seenUpTo, seq);
      this.requests += 1;
      for (const kind of faults) this.struck[kind] = (this.struck[kind] ?? 0) + 1;
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(Math.max(0, ms), undefined, { signal: this.signal });
  }
}
