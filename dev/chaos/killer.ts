/** Kills what the plan says, when it says so, and starts it again: what a machine's failures and its supervisor do. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../stack';
import { describe, StackError } from '../stack/errors';
import { CHAOS_SERVICES, type ChaosService, type Kill } from './plan';

export interface ServiceFigures {
  kills: number;
  /** From a kill until it could work again, in all. */
  downMs: number;
  /** It ended without having been killed, and was started again. */
  endedByItself: number;
}

/** One program does not start as long as another is down; no outage of the plan lasts half as long. */
const START_WITHIN_MS = 90_000;
const START_AGAIN_MS = 500;

export class Killer {
  readonly figures = Object.fromEntries(
    CHAOS_SERVICES.map((name) => [name, { kills: 0, downMs: 0, endedByItself: 0 }]),
  ) as Record<ChaosService, ServiceFigures>;
  /** What is being done to each service: calls to one must not overlap. */
  private readonly turns = new Map<string, Promise<void>>();

  constructor(
    private readonly serviceOf: (name: ChaosService) => Service,
    private readonly signal: AbortSignal,
    private readonly say: (line: string) => void,
  ) {}

  /** Resolves when all that the plan kills is up again. */
  async run(kills: readonly Kill[]): Promise<void> {
    const startedAt = Date.now();
    await Promise.all(
      CHAOS_SERVICES.map(async (name) => {
        for (const kill of kills.filter(({ service }) => service === name)) {
          await this.pause(startedAt + kill.atMs - Date.now());
          await this.inTurn(name, () => this.killFor(kill));
        }
      }),
    );
  }

  /** Brings back a service that ended by itself. */
  revive(name: ChaosService, how: string): Promise<void> {
    const service = this.serviceOf(name);
    this.figures[name].endedByItself += 1;
    this.say(`${service.name} ended by itself (${how})`);
    return this.inTurn(name, () => this.startUntilUp(service));
  }

  private async killFor({ service: name, downMs }: Kill): Promise<void> {
    const service = this.serviceOf(name);
    const figures = this.figures[name];
    const killedAt = Date.now();
    await service.kill();
    figures.kills += 1;
    this.say(`killed ${service.name}`);
    await this.pause(downMs);
    await this.startUntilUp(service);
    figures.downMs += Date.now() - killedAt;
    this.say(`${service.name} is up again after ${((Date.now() - killedAt) / 1_000).toFixed(1)} s`);
  }

  /** A program that needs another one ends when that is down: it is started until it stays. */
  private async startUntilUp(service: Service): Promise<void> {
    const deadline = Date.now() + START_WITHIN_MS;
    for (;;) {
      this.signal.throwIfAborted();
      try {
        await service.start();
        return;
      } catch (error) {
        if (!(error instanceof StackError) || Date.now() > deadline) throw error;
        this.say(describe(error).split('\n', 1)[0] ?? '');
      }
      await this.pause(START_AGAIN_MS);
    }
  }

  private inTurn(name: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.turns.get(name) ?? Promise.resolve()).then(work);
    // What comes next waits for its end, not for its success.
    this.turns.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(Math.max(0, ms), undefined, { signal: this.signal });
  }
}
