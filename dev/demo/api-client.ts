/** The product's API as the demo uses it: nothing that another client could not do. */
import { z } from 'zod';
import { jobDetail, type JobDetail } from '../../api/record/jobs';
import { batchRow, candidate, jobWithSteps, pagination } from '../../api/schemas';
import type { ManualCompanyDetails, SearchWords } from '../../domain/company';
import type { SubmittedConfiguration } from '../../domain/configuration';
import { BATCH_STATUSES, STEP_STATUSES } from '../../domain/statuses';
import { DemoError, requestJson, type JsonAnswer, type JsonRequest } from './http';

export type Batch = z.output<typeof batchRow>;
export type Job = z.output<typeof jobWithSteps>;
export type OfferedCandidate = z.output<typeof candidate>;

export type SelectionBody = { company_number: string } | { nzbn: string } | { no_match: true };

const created = z.object({
  batch_job: batchRow,
  registration_jobs: z.array(z.object({ id: z.guid(), restaurant_id: z.guid() })),
});
const details = z.object({ batch_job: batchRow, registration_jobs: jobWithSteps.array(), pagination });
const oneJob = z.object({ job: jobDetail });
const progress = z.object({ status: z.enum(BATCH_STATUSES), progress_percent: z.number() });
const listing = z.object({ total_count: z.number() });
const offers = z.object({
  restaurants: z.array(
    z.object({
      job_id: z.guid(),
      step: z.object({ status: z.enum(STEP_STATUSES) }),
      candidates: z.object({ combined_results: candidate.array() }).nullish(),
    }),
  ),
  pagination,
});
const verdict = z.object({
  job_id: z.guid(),
  result: z.enum(['applied', 'ignored', 'pending']),
  reason: z.string().nullish(),
});
const rejection = z.object({
  job_id: z.string(),
  message: z.string(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
});
const verdicts = z.object({ results: verdict.array(), rejected: rejection.array() });
/** What is told when none of several answers went through. */
const allRejected = z.object({ rejected: rejection.array().min(1) });
const failure = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() }),
});

export interface Verdict {
  jobId: string;
  /** `refused`: the API said no; `ignored`: the workflow did. */
  result: 'applied' | 'pending' | 'ignored' | 'refused';
  reason: string | null;
}

export type Progress = z.output<typeof progress>;

export interface ApiClientOptions {
  baseUrl: string;
  token: () => string | Promise<string>;
  signal?: AbortSignal | undefined;
  /** See JsonRequest. */
  longestPauseMs?: number;
}

const PAGE = 100;

/** Throws a DemoError that names the first field that is not as it should be. */
function read<S extends z.ZodType>(schema: S, json: unknown): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new DemoError(
    `The API answered in another form than expected, at "${issue?.path.join('.')}": ${issue?.message}`,
  );
}

const accepted = ({ job_id, result, reason }: z.output<typeof verdict>): Verdict => ({
  jobId: job_id,
  result,
  reason: reason ?? null,
});

function refused({ job_id, message, issues }: z.output<typeof rejection>): Verdict {
  const fields = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ');
  return { jobId: job_id, result: 'refused', reason: fields === '' ? message : `${message} ${fields}` };
}

export class ApiClient {
  private progressTag: { etag: string; progress: Progress } | null = null;

  constructor(private readonly options: ApiClientOptions) {}

  /** How many batches the organisation has. */
  async countBatches(): Promise<number> {
    return read(listing, await this.get('/?limit=1')).total_count;
  }

  async createBatch(
    name: string,
    restaurantIds: readonly string[],
    idempotencyKey: string,
  ): Promise<z.output<typeof created>> {
    const headers = { 'idempotency-key': idempotencyKey };
    return read(created, await this.post('/', { name, restaurant_ids: restaurantIds }, headers));
  }

  async start(batchId: string): Promise<void> {
    await this.post(`/${batchId}/start`, {});
  }

  /** `changed` is false when the server said so (304). */
  async progress(batchId: string): Promise<{ progress: Progress; changed: boolean }> {
    const known = this.progressTag;
    const answer = await this.send(
      'GET',
      `/${batchId}/progress`,
      undefined,
      known === null ? {} : { 'if-none-match': known.etag },
    );
    if (answer.status === 304 && known !== null) return { progress: known.progress, changed: false };
    const fresh = read(progress, this.body(answer));
    const etag = answer.headers.get('etag');
    this.progressTag = etag === null ? null : { etag, progress: fresh };
    return { progress: fresh, changed: true };
  }

  /** The batch with all its jobs, page by page. */
  async details(batchId: string): Promise<{ batch: Batch; jobs: Job[] }> {
    const jobs: Job[] = [];
    for (let offset = 0; ; offset += PAGE) {
      const page = read(details, await this.get(`/${batchId}?limit=${PAGE}&offset=${offset}`));
      jobs.push(...page.registration_jobs);
      if (!page.pagination.has_more) return { batch: page.batch_job, jobs };
    }
  }

  /** One job with its ledger rows. */
  async job(jobId: string): Promise<JobDetail> {
    return read(oneJob, await this.get(`/jobs/${jobId}`)).job;
  }

  /**
   * An operator's command on a job (`/jobs/:jobId/...`) or on the batch (`/:id/...`). With the same key it may be sent again: it is
   * carried out once. Throws a DemoError with the API's code when it is refused, without one when nothing is known of it.
   */
  async command(
    method: 'POST' | 'PATCH',
    path: string,
    body: unknown,
    idempotencyKey: string,
  ): Promise<void> {
    this.body(await this.send(method, path, body, { 'idempotency-key': idempotencyKey }, true));
  }

  /** The candidates of every job that waits at step 3, by job id. */
  async offers(batchId: string): Promise<Map<string, OfferedCandidate[]>> {
    const found = new Map<string, OfferedCandidate[]>();
    for (let offset = 0; ; offset += PAGE) {
      const page = read(offers, await this.get(`/${batchId}/steps/3?limit=${PAGE}&offset=${offset}`));
      for (const { job_id, step, candidates } of page.restaurants) {
        if (step.status === 'action_required') found.set(job_id, candidates?.combined_results ?? []);
      }
      if (!page.pagination.has_more) return found;
    }
  }

  async select(batchId: string, selections: Record<string, SelectionBody>): Promise<Verdict[]> {
    return this.decide(`/${batchId}/steps/3/complete`, { selections });
  }

  async configure(
    batchId: string,
    configurations: Record<string, SubmittedConfiguration>,
  ): Promise<Verdict[]> {
    return this.decide(`/${batchId}/steps/5/complete`, { configurations });
  }

  async searchAgain(jobId: string, words: SearchWords): Promise<Verdict[]> {
    return this.decideOne(`/jobs/${jobId}/search-again`, words);
  }

  async enterByHand(jobId: string, company: ManualCompanyDetails): Promise<Verdict[]> {
    return this.decideOne(`/jobs/${jobId}/manual-entry`, company);
  }

  private decide(path: string, body: unknown): Promise<Verdict[]> {
    return this.orRefused(async () => {
      const { results, rejected } = read(verdicts, await this.post(path, body));
      return [...results.map(accepted), ...rejected.map(refused)];
    });
  }

  private decideOne(path: string, body: unknown): Promise<Verdict[]> {
    return this.orRefused(async () => [accepted(read(verdict, await this.post(path, body)))]);
  }

  private async orRefused(decide: () => Promise<Verdict[]>): Promise<Verdict[]> {
    try {
      return await decide();
    } catch (error) {
      const told = allRejected.safeParse(error instanceof DemoError ? error.details : undefined);
      if (!told.success) throw error;
      return told.data.rejected.map(refused);
    }
  }

  private async get(path: string): Promise<unknown> {
    return this.body(await this.send('GET', path));
  }

  private async post(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown> {
    return this.body(await this.send('POST', path, body, headers));
  }

  private async send(
    method: JsonRequest['method'],
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    repeatable?: boolean,
  ): Promise<JsonAnswer> {
    const { baseUrl, token, signal, longestPauseMs } = this.options;
    return requestJson({
      method,
      url: `${baseUrl}/api/registration-batches${path === '/' ? '' : path}`,
      headers: { authorization: `Bearer ${await token()}`, ...headers },
      body,
      signal,
      repeatable,
      longestPauseMs,
    });
  }

  /** The body of a success. Throws a DemoError with the API's code and words otherwise. */
  private body({ status, json }: JsonAnswer): unknown {
    if (status >= 200 && status < 300) return json;
    const { error } = failure.safeParse(json).data ?? {};
    if (error === undefined) throw new DemoError(`The API answered HTTP ${status} without saying why`);
    throw new DemoError(`${error.code}: ${error.message}`, error.code, error.details);
  }
}
