/** One run, from its stack to its verdict. */
import { setMaxListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareWorld } from '../demo';
import { ApiClient } from '../demo/api-client';
import { simulatorClient } from '../simulator/client';
import { startStack, type Service, type Stack } from '../stack';
import { rateLimits } from '../stack/rate-limits';
import { castOf } from './cast';
import { gather, type Facts, type Witnesses } from './facts';
import { Killer } from './killer';
import { Person, statusCounts } from './person';
import { CHAOS_SERVICES, type ChaosPlan } from './plan';
import { buildReport, type ChaosReport } from './report';
import { judge, type Check, type Limits } from './verdict';
import { Weather } from './weather';

export interface RunOptions {
  signal?: AbortSignal;
  onStack?: (stack: Stack) => void;
  say: (line: string) => void;
  /** Seconds since the run began. */
  elapsed: () => number;
}

/** What is kept of a run that failed, beside its logs: what the witnesses said, and each request that came in outside. */
export const EVIDENCE = 'evidence.json';

/** A lost worker is noticed by its heartbeats, and an effect believed absent after its limit: some minutes. */
const SETTLE_MS = 5 * 60_000;
/** The record may be behind the workflows for this long. */
const RECORD_BEHIND_MS = 30_000;
const BETWEEN_ROUNDS_MS = 500;
/** Outages are short here, and a person who waits them out would sleep through the chaos. */
const ASK_AGAIN_MS = 1_000;
const SAY_EVERY_MS = 5_000;

const SESSIONS_PER_ACCOUNT = 3;
const ENVIRONMENT = {
  // One person works faster here than the API allows to a caller.
  ...rateLimits(6_000),
  // One less than the scripts of a restaurant that could run side by side: the limit is felt.
  MAX_BROWSER_PER_ACCOUNT: String(SESSIONS_PER_ACCOUNT),
  // An announcement is lost while the API is down: step 1 then looks for itself.
  STEP1_POLL_LONGEST_MS: '5000',
};

/** Everybody who plays a part, once the batch is started. */
interface Scene {
  killer: Killer;
  weather: Weather;
  person: Person;
  witnesses: Witnesses;
  limits: Limits;
}

export class ChaosRun {
  /** Ends what runs in the background as soon as the run is over, however it ends. */
  private readonly over = new AbortController();
  private readonly signal: AbortSignal;
  private readonly killer: Killer;
  private stack: Stack | null = null;
  private saidAt = 0;
  /** What ended the run from behind; the errors of what waited say only that it was ended. */
  private trouble: { error: unknown } | null = null;

  constructor(
    private readonly plan: ChaosPlan,
    private readonly dir: string,
    private readonly options: RunOptions,
  ) {
    this.signal = options.signal ? AbortSignal.any([options.signal, this.over.signal]) : this.over.signal;
    // Each wait and request listens to it.
    setMaxListeners(0, this.signal);
    this.killer = new Killer((name) => this.service(name), this.signal, options.say);
  }

  async play(): Promise<ChaosReport> {
    try {
      const scene = await this.prepare();
      await this.chaos(scene);
      const { rested, settling } = await this.settle(scene);
      return await this.report(scene, rested, settling);
    } catch (error) {
      throw this.trouble === null ? error : this.trouble.error;
    }
  }

  /** Ends everything that was started. */
  async end(): Promise<void> {
    this.over.abort();
    await this.stack?.stopAll();
  }

  // ---- the scene ---------------------------------------------------------------------------------------------------

  private async prepare(): Promise<Scene> {
    const { plan, signal, killer, options } = this;
    const stack = await this.startStack();
    const simulator = simulatorClient(stack.service('simulator').url);
    const weather = new Weather(simulator, signal, options.say);
    const api = new ApiClient({
      baseUrl: stack.service('api').url,
      token: () => stack.token(),
      signal,
      longestPauseMs: ASK_AGAIN_MS,
    });
    const cast = castOf(plan);
    await prepareWorld(simulator, cast);
    await weather.set(plan.strikes, cast);
    const restaurants = new Map(cast.map((one) => [one.id, one]));
    const { seed } = plan.options;
    const ids = cast.map(({ id }) => id);
    const { batch_job: batch } = await api.createBatch(`Chaos ${seed}`, ids, `chaos-${seed}`);
    await api.start(batch.id);
    options.say(`Batch ${batch.id} is started: the chaos begins`);
    return {
      killer,
      weather,
      person: new Person({ api, simulator, batchId: batch.id, restaurants }),
      witnesses: { env: stack.env, simulator, batchId: batch.id, restaurants },
      limits: {
        accountMinIntervalMs: Number(stack.env['ACCOUNT_MIN_INTERVAL_MS']),
        sessionsPerAccount: SESSIONS_PER_ACCOUNT,
      },
    };
  }

  private async startStack(): Promise<Stack> {
    const stack = await startStack({
      dir: this.dir,
      speed: this.plan.speed,
      env: { ...ENVIRONMENT, SIM_SEED: String(this.plan.options.seed) },
      syncToDisk: false,
      signal: this.signal,
      onUnexpectedEnd: (service, how) => this.revive(service, how),
    });
    this.stack = stack;
    this.options.onStack?.(stack);
    this.options.say('The stack is up');
    return stack;
  }

  private service(name: Parameters<Stack['service']>[0]): Service {
    if (this.stack === null) throw new Error('The stack is not there yet');
    return this.stack.service(name);
  }

  /** What ends by itself is brought back, as its supervisor would; but the witness must not have slept. */
  private revive(service: Service, how: string): void {
    const name = CHAOS_SERVICES.find((known) => this.stack?.services.get(known) === service);
    if (name === undefined) return this.giveUp(new Error(`${service.name} ended by itself (${how})`));
    this.killer.revive(name, how).catch((error: unknown) => this.giveUp(error));
  }

  private giveUp(error: unknown): void {
    if (this.signal.aborted) return;
    this.trouble = { error };
    this.over.abort(error);
  }

  // ---- what happens ------------------------------------------------------------------------------------------------

  /** Until the last service is up again and the last storm over; the person works on meanwhile. */
  private async chaos(scene: Scene): Promise<void> {
    const { kills, storms, durationMs } = this.plan;
    let over = false;
    const all = Promise.all([
      scene.killer.run(kills),
      scene.weather.storms(storms),
      this.pause(durationMs),
    ]).finally(() => (over = true));
    // Awaited below; until then its failure is no unhandled one.
    all.catch(() => undefined);
    while (!over) await this.oneRound(scene);
    await all;
    await scene.weather.look();
    await scene.weather.clear();
    this.options.say('All is well again: nothing is killed any more, no fault strikes');
  }

  private async settle(scene: Scene): Promise<{ rested: boolean; settling: number }> {
    const from = Date.now();
    scene.person.calmDown();
    let rested = false;
    while (!rested && Date.now() - from < SETTLE_MS) rested = await this.oneRound(scene);
    await scene.weather.look();
    return { rested, settling: (Date.now() - from) / 1_000 };
  }

  /** @returns whether nothing moves any more */
  private async oneRound({ person, weather }: Scene): Promise<boolean> {
    this.signal.throwIfAborted();
    const seen = await person.round();
    if (Date.now() - this.saidAt > SAY_EVERY_MS) {
      this.saidAt = Date.now();
      this.options.say(seen === null ? 'the API does not tell' : statusCounts(seen.jobs));
      await weather.look();
    }
    if (seen?.atRest) return true;
    await this.pause(BETWEEN_ROUNDS_MS);
    return false;
  }

  // ---- the verdict -------------------------------------------------------------------------------------------------

  private async report(scene: Scene, rested: boolean, settling: number): Promise<ChaosReport> {
    const { killer, weather, person, witnesses, limits } = scene;
    const { internalErrors } = person.figures;
    const seen: Check[] = [
      {
        name: 'It came to rest',
        problems: rested ? [] : ['something still moved, or nothing did though there was something to do'],
      },
      {
        name: 'The API never blamed itself',
        problems: internalErrors > 0 ? [`${internalErrors} answers were internal errors`] : [],
      },
    ];
    const { facts, checks } = await this.verdict(witnesses, limits);
    const report = buildReport({
      plan: this.plan,
      seconds: { total: this.options.elapsed(), settling },
      services: killer.figures,
      weather,
      person: person.figures,
      jobs: facts.jobs,
      summary: facts.summary,
      limits,
      checks: [...seen, ...checks],
    });
    if (!report.ok) await this.keepEvidence(witnesses, facts);
    return report;
  }

  /** The record is given a moment to catch up before it is blamed. */
  private async verdict(witnesses: Witnesses, limits: Limits): Promise<{ facts: Facts; checks: Check[] }> {
    const deadline = Date.now() + RECORD_BEHIND_MS;
    for (;;) {
      const facts = await gather(witnesses);
      const checks = judge(facts, limits);
      const holds = checks.every(({ problems }) => problems.length === 0);
      if (holds || Date.now() > deadline) return { facts, checks };
      await this.pause(1_000);
    }
  }

  private async keepEvidence({ simulator }: Witnesses, facts: Facts): Promise<void> {
    const requests = (await simulator.ledger()).map(({ headers: _headers, body: _body, ...entry }) => entry);
    await writeFile(path.join(this.dir, EVIDENCE), JSON.stringify({ facts, requests }, null, 1));
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal });
  }
}
