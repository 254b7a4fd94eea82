/**
 * The person at the desk while everything around falls over: keeps no note of what was answered, but looks at what waits and answers
 * that, again if need be. An answer that comes too late is refused, and harmless.
 */
import { isTerminalJob, type JobStatus } from '../../domain/statuses';
import { SUB_STEPS, type SubStepKey } from '../../domain/sub-steps';
import { choose, needOf } from '../demo/answers';
import type { ApiClient, Batch, Job, SelectionBody, Verdict } from '../demo/api-client';
import { DemoError } from '../demo/http';
import type { RunRestaurant } from '../demo/world';
import type { SimulatorClient } from '../simulator/client';
import { Commands, type Command } from './commands';
import { outputOf, tookEffect } from './outside';

export interface PersonFigures {
  rounds: number;
  companies: number;
  configurations: number;
  searches: number;
  retries: number;
  markedDone: number;
  /** Of the batch, after its circuit breaker paused it. */
  resumed: number;
  /** Answers and commands that did not fit any more when they came. */
  refused: number;
  /** Requests that got no answer in all their repeats. */
  unanswered: number;
  /** Answers that blame the API itself: an outage is no excuse for one. */
  internalErrors: number;
}

export interface PersonOptions {
  api: Pick<ApiClient, 'details' | 'offers' | 'job' | 'select' | 'searchAgain' | 'configure' | 'command'>;
  simulator: Pick<SimulatorClient, 'effects' | 'state'>;
  batchId: string;
  /** By id. */
  restaurants: ReadonlyMap<string, RunRestaurant>;
  now?: () => number;
}

export interface Seen {
  jobs: Job[];
  /** Every job has ended, or waits for something that this person has given up on. */
  atRest: boolean;
}

interface Waiting {
  job: Job;
  one: RunRestaurant;
}

/** Calm trials of one repair before it is left waiting for somebody who knows better. */
const MOST_CALM_REPAIRS = 6;
/** The record may be behind: the same state is not answered again within this time. */
const ANSWER_AGAIN_MS = 3_000;

export class Person {
  readonly figures: PersonFigures = {
    rounds: 0,
    companies: 0,
    configurations: 0,
    searches: 0,
    retries: 0,
    markedDone: 0,
    resumed: 0,
    refused: 0,
    unanswered: 0,
    internalErrors: 0,
  };
  private readonly commands: Commands;
  private readonly answered = new Map<string, { revision: number; at: number }>();
  private readonly calmRepairs = new Map<string, number>();
  private readonly now: () => number;
  private calm = false;

  constructor(private readonly options: PersonOptions) {
    this.commands = new Commands(options.api);
    this.now = options.now ?? Date.now;
  }

  /** Nothing is killed any more and no fault strikes: what fails from now on is not tried for ever. */
  calmDown(): void {
    this.calm = true;
  }

  /** Looks once and answers what waits; null when the API could not tell. */
  async round(): Promise<Seen | null> {
    this.figures.rounds += 1;
    const seen = await this.survive(() => this.options.api.details(this.options.batchId));
    if (seen === null) return null;
    const { batch, jobs } = seen;
    await this.resume(batch);
    const waiting = jobs.flatMap((job): Waiting[] => {
      const one = this.options.restaurants.get(job.restaurant_id);
      return one !== undefined && needOf(job) !== null && this.isNews(job) ? [{ job, one }] : [];
    });
    const at = (kind: 'company' | 'configuration' | 'repair'): Waiting[] =>
      waiting.filter(({ job }) => needOf(job)?.kind === kind);
    await this.chooseCompanies(at('company'));
    await this.configure(at('configuration'));
    for (const one of at('repair')) await this.repair(one);
    return { jobs, atRest: jobs.every((job) => this.isAtRest(job)) };
  }

  private isAtRest(job: Job): boolean {
    if (isTerminalJob(job.status)) return true;
    return (
      this.calm && needOf(job)?.kind === 'repair' && (this.calmRepairs.get(job.id) ?? 0) > MOST_CALM_REPAIRS
    );
  }

  private isNews({ id, revision }: Job): boolean {
    const last = this.answered.get(id);
    return last === undefined || last.revision !== revision || this.now() - last.at > ANSWER_AGAIN_MS;
  }

  private note({ id, revision }: Job): void {
    this.answered.set(id, { revision, at: this.now() });
  }

  /** The result, or null after trouble that is over some time. */
  private async survive<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof DemoError)) throw error;
      this.figures[error.code === 'INTERNAL_ERROR' ? 'internalErrors' : 'unanswered'] += 1;
      return null;
    }
  }

  private count(verdicts: readonly Verdict[] | null, as: 'companies' | 'configurations' | 'searches'): void {
    for (const { result } of verdicts ?? []) {
      this.figures[result === 'refused' || result === 'ignored' ? 'refused' : as] += 1;
    }
  }

  private async chooseCompanies(waiting: readonly Waiting[]): Promise<void> {
    if (waiting.length === 0) return;
    const offers = await this.survive(() => this.options.api.offers(this.options.batchId));
    if (offers === null) return;
    const selections: Record<string, SelectionBody> = {};
    for (const { job, one } of waiting) {
      const candidates = offers.get(job.id);
      if (candidates === undefined) continue;
      this.note(job);
      const chosen = choose(one.restaurant.company, candidates);
      // Half of the register was away when it was asked: it is asked again.
      if (chosen === undefined) await this.searchAgain(job, one);
      else if (chosen.company_number === null) selections[job.id] = { nzbn: chosen.nzbn };
      else selections[job.id] = { company_number: chosen.company_number };
    }
    if (Object.keys(selections).length === 0) return;
    this.count(
      await this.survive(() => this.options.api.select(this.options.batchId, selections)),
      'companies',
    );
  }

  private async searchAgain(job: Job, { restaurant }: RunRestaurant): Promise<void> {
    const words = { restaurant_name: restaurant.name };
    this.count(await this.survive(() => this.options.api.searchAgain(job.id, words)), 'searches');
  }

  private async configure(waiting: readonly Waiting[]): Promise<void> {
    if (waiting.length === 0) return;
    waiting.forEach(({ job }) => this.note(job));
    const bodies = Object.fromEntries(waiting.map(({ job, one }) => [job.id, one.configuration]));
    this.count(
      await this.survive(() => this.options.api.configure(this.options.batchId, bodies)),
      'configurations',
    );
  }

  private async repair({ job, one }: Waiting): Promise<void> {
    this.note(job);
    if (this.calm) this.calmRepairs.set(job.id, (this.calmRepairs.get(job.id) ?? 0) + 1);
    if (this.isAtRest(job)) return;
    const step = job.steps.find(({ status }) => status === 'failed')?.step_number ?? job.current_step;
    if (step !== 6) return this.command(retryOf(job.id, { step }), 'retries');
    const detail = await this.survive(() => this.options.api.job(job.id));
    if (detail === null) return;
    for (const { key } of detail.sub_steps.filter(({ status }) => status === 'failed')) {
      await this.repairSubStep(job, one, key);
    }
  }

  /** Looks at the platform, as the sentence asks for: done is marked as done, not done is run again. */
  private async repairSubStep(job: Job, one: RunRestaurant, key: SubStepKey): Promise<void> {
    const world = await this.options.simulator.effects();
    if (!tookEffect(key, one, world.effects)) {
      return this.command(retryOf(job.id, { step: 6, sub_steps: [key] }), 'retries');
    }
    const output = outputOf(key, one, await this.options.simulator.state(one.id));
    const body = { status: 'completed', reason: `Seen on the platform: ${SUB_STEPS[key].label}`, output };
    await this.command(
      { method: 'PATCH', path: `/jobs/${job.id}/steps/6/sub-steps/${key}`, body },
      'markedDone',
    );
  }

  /** The breaker paused it since much had failed: that is repaired, so it goes on. */
  private async resume({ id, paused_at: paused }: Batch): Promise<void> {
    if (paused === null) return;
    const body = { reason: 'What failed is repaired.' };
    await this.command({ method: 'POST', path: `/${id}/resume`, body }, 'resumed');
  }

  private async command(command: Command, as: 'retries' | 'markedDone' | 'resumed'): Promise<void> {
    const { kind } = await this.commands.send(command);
    const counted = {
      done: as,
      refused: 'refused',
      unknown: 'unanswered',
      broken: 'internalErrors',
    } as const;
    this.figures[counted[kind]] += 1;
  }
}

function retryOf(jobId: string, body: { step: number; sub_steps?: SubStepKey[] }): Command {
  return { method: 'POST', path: `/jobs/${jobId}/retry`, body };
}

/** "3 completed, 1 action_required", in the order of the statuses' names. */
export function statusCounts(jobs: readonly { status: JobStatus }[]): string {
  const counts = new Map<string, number>();
  for (const { status } of jobs) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .sort()
    .map(([status, count]) => `${count} ${status}`)
    .join(', ');
}
