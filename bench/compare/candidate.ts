/** What a candidate brings to the comparison. */
import type { Stack } from '../../dev/stack';
import type { ProcessSpec } from '../../dev/stack/process';
import type { Configuration, Job, Question } from './flow';
import type { Target } from './target';

/** Where everything is while the comparison runs. */
export interface Surroundings {
  /** PostgreSQL, PostgREST and Temporal of the product; Temporal runs only for those who use it. */
  stack: Stack;
  target: Target;
  /** For files of the candidate's own: emptied between two candidates. */
  dir: string;
}

/** How the driver reaches a running candidate: what the product's API would call. */
export interface CandidateClient {
  /** Resolves once all are accepted. */
  begin(jobs: readonly Job[]): Promise<void>;
  /** A person's answer; resolves once it is accepted, durably where the candidate is durable. Rejects when it was not. */
  answer(job: Job, question: Question, configuration: Configuration): Promise<void>;
  close(): Promise<void>;
}

/** One run of a candidate, from its server to its client. */
export interface Deployment {
  /** The candidate's own server, or the name of the stack's service that is it; null when it has none. */
  server: ProcessSpec | 'temporal' | null;
  worker: {
    /** Below `bench/compare`, without its extension; prints `worker ready` once it works. */
    entry: string;
    env: Record<string, string>;
  };
  /** Called once, when server and worker are up for the first time. */
  connect(): Promise<CandidateClient>;
}

export interface Candidate {
  readonly name: string;
  /** For tables, e.g. "BullMQ 6 on Redis 7, AOF every second". */
  readonly label: string;
  /** Why it cannot run here; null when it can. */
  unavailable(): string | null;
  /** Makes what it needs (a database, a folder) and says how to run it. */
  deploy(around: Surroundings): Promise<Deployment>;
  /** After a crash of the worker nothing goes on by itself, so nobody waits long for it. */
  readonly losesAll?: boolean;
}
