/** The person at the desk: sees what waits at steps 3 and 5 and answers as the file says. */
import { isTerminalJob } from '../../domain/statuses';
import type { ApiClient, Job, OfferedCandidate, SelectionBody, Verdict } from './api-client';
import type { RunRestaurant } from './world';

export type Need =
  { kind: 'company' } | { kind: 'configuration' } | { kind: 'repair'; reason: string } | null;

/** What a job waits for a person to do; null while it does not wait. */
export function needOf(job: Job): Need {
  if (isTerminalJob(job.status) || job.status !== 'action_required') return null;
  const waiting = job.steps.find(({ status }) => status === 'action_required' || status === 'failed');
  if (waiting?.status === 'action_required' && waiting.step_number === 3) return { kind: 'company' };
  if (waiting?.status === 'action_required' && waiting.step_number === 5) return { kind: 'configuration' };
  const reason = job.waiting_reason ?? waiting?.error_message ?? job.error_message ?? 'no reason is given';
  return { kind: 'repair', reason };
}

const plain = (number: string | null): string | null => number?.replace(/^0+/, '') ?? null;

/** The candidate that the restaurant's person looks for; undefined if it was not offered. */
export function choose(
  answer: RunRestaurant['restaurant']['company'],
  candidates: readonly OfferedCandidate[],
): OfferedCandidate | undefined {
  if (answer.kind === 'number')
    return candidates.find(({ company_number: number }) => plain(number) === plain(answer.number));
  if (answer.kind === 'nzbn') return candidates.find(({ nzbn }) => nzbn === answer.nzbn);
  return undefined;
}

interface Memory {
  /** The list from which the person searched again. */
  searchedFrom: number | null;
  companyAnswered: boolean;
  configured: boolean;
  /** What was answered in step 3, for the table. */
  company: string | null;
  /** Why this job gets no further answer. */
  problem: string | null;
}

/** How many jobs one request answers: its body stays far below the API's limit. */
const AT_ONCE = 50;

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / AT_ONCE) }, (_, at) =>
    items.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  );
}

interface Waiting {
  job: Job;
  one: RunRestaurant;
  memory: Memory;
}

export class Desk {
  private readonly memories = new Map<string, Memory>();

  /** `restaurants` by id. */
  constructor(
    private readonly api: ApiClient,
    private readonly batchId: string,
    private readonly restaurants: ReadonlyMap<string, RunRestaurant>,
  ) {}

  /** What was chosen in step 3, null before. */
  companyOf(jobId: string): string | null {
    return this.memories.get(jobId)?.company ?? null;
  }

  /** Why the job gets no further by answers of this desk; null while it may. */
  problemOf(job: Job): string | null {
    const need = needOf(job);
    if (need?.kind === 'repair') return `waits for a person at step ${job.current_step}: ${need.reason}`;
    return isTerminalJob(job.status) ? null : (this.memories.get(job.id)?.problem ?? null);
  }

  /** Answers whatever waits and was not answered yet. Resolves to how many answers were given. */
  async answer(jobs: readonly Job[]): Promise<number> {
    const waiting = jobs.flatMap((job): (Waiting & { need: Need })[] => {
      const one = this.restaurants.get(job.restaurant_id);
      const memory = this.memory(job.id);
      return one === undefined || memory.problem !== null ? [] : [{ job, one, memory, need: needOf(job) }];
    });
    const companies = waiting.filter(
      ({ need, memory }) => need?.kind === 'company' && !memory.companyAnswered,
    );
    const configurations = waiting.filter(
      ({ need, memory }) => need?.kind === 'configuration' && !memory.configured,
    );
    return (await this.answerCompanies(companies)) + (await this.configure(configurations));
  }

  private memory(jobId: string): Memory {
    const known = this.memories.get(jobId);
    if (known !== undefined) return known;
    const fresh = {
      searchedFrom: null,
      companyAnswered: false,
      configured: false,
      company: null,
      problem: null,
    };
    this.memories.set(jobId, fresh);
    return fresh;
  }

  private async answerCompanies(waiting: readonly Waiting[]): Promise<number> {
    let given = 0;
    const selecting: Waiting[] = [];
    for (const one of waiting) {
      const { searchAgain } = one.one.restaurant.company;
      const { searchedFrom } = one.memory;
      if (searchAgain !== undefined && searchedFrom === null) given += await this.searchAgain(one);
      else if (searchedFrom !== null && one.job.search_no <= searchedFrom) continue;
      else if (one.one.restaurant.company.kind === 'by_hand') given += await this.enterByHand(one);
      else selecting.push(one);
    }
    return given + (await this.select(selecting));
  }

  private async searchAgain({ job, one, memory }: Waiting): Promise<number> {
    memory.searchedFrom = job.search_no;
    this.note(await this.api.searchAgain(job.id, one.restaurant.company.searchAgain ?? {}));
    return 1;
  }

  private async enterByHand({ job, one, memory }: Waiting): Promise<number> {
    const { company } = one.restaurant;
    if (company.kind !== 'by_hand') return 0;
    memory.companyAnswered = true;
    memory.company = `${company.details.company_name ?? company.details.contact_name} (by hand)`;
    this.note(await this.api.enterByHand(job.id, company.details));
    return 1;
  }

  private note(verdicts: readonly Verdict[]): void {
    for (const { jobId, result, reason } of verdicts) {
      if (result === 'refused' || result === 'ignored') {
        this.memory(jobId).problem = `the answer was ${result}: ${reason ?? 'no reason is given'}`;
      }
    }
  }

  private async select(waiting: readonly Waiting[]): Promise<number> {
    if (waiting.length === 0) return 0;
    const offers = await this.api.offers(this.batchId);
    const selections = waiting.flatMap((one): [Waiting, SelectionBody][] => {
      const selection = this.selectionOf(one, offers.get(one.job.id));
      return selection === null ? [] : [[one, selection]];
    });
    return this.submit(
      selections,
      (bodies) => this.api.select(this.batchId, bodies),
      (memory) => (memory.companyAnswered = true),
    );
  }

  /** Null if the job waits no longer, or its company was not offered (which is noted). */
  private selectionOf(
    { one, memory }: Waiting,
    candidates: readonly OfferedCandidate[] | undefined,
  ): SelectionBody | null {
    if (candidates === undefined) return null;
    const { company } = one.restaurant;
    if (company.kind === 'no_match') {
      memory.company = 'no match';
      return { no_match: true };
    }
    const chosen = choose(company, candidates);
    if (chosen === undefined) {
      const wanted = company.kind === 'number' ? company.number : company.kind === 'nzbn' ? company.nzbn : '';
      memory.problem = `company ${wanted} is not among the ${candidates.length} that were found`;
      return null;
    }
    memory.company = `${chosen.company_name ?? 'NZBN'} (${chosen.company_number ?? chosen.nzbn})`;
    return chosen.company_number === null ? { nzbn: chosen.nzbn } : { company_number: chosen.company_number };
  }

  private configure(waiting: readonly Waiting[]): Promise<number> {
    return this.submit(
      waiting.map((one) => [one, one.one.configuration]),
      (bodies) => this.api.configure(this.batchId, bodies),
      (memory) => (memory.configured = true),
    );
  }

  private async submit<B>(
    answers: readonly (readonly [Waiting, B])[],
    send: (bodies: Record<string, B>) => Promise<Verdict[]>,
    answered: (memory: Memory) => void,
  ): Promise<number> {
    for (const some of chunks(answers)) {
      this.note(await send(Object.fromEntries(some.map(([{ job }, body]) => [job.id, body]))));
      some.forEach(([{ memory }]) => answered(memory));
    }
    return answers.length;
  }
}
