/** Who takes part, in the order of the table. */
import type { Candidate } from './candidate';

export const CANDIDATES = ['in-process', 'bullmq', 'dbos', 'restate', 'temporal', 'product'] as const;
export type CandidateName = (typeof CANDIDATES)[number];

/**
 * Loaded by path: the peers need packages that the product does not have, so that whatever imports this file does without them.
 * Each module exports its `candidate`.
 */
export const MODULES: Record<CandidateName, string> = {
  'in-process': './in-process',
  bullmq: './peers/bullmq',
  dbos: './peers/dbos',
  restate: './peers/restate',
  temporal: './temporal',
  product: './product',
};

export async function loadCandidate(name: CandidateName): Promise<Candidate> {
  const { candidate } = (await import(MODULES[name])) as { candidate: Candidate };
  return candidate;
}
