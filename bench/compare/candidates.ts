/** Who takes part, in the order of the table. */
import { createRequire } from 'node:module';
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

export function loadCandidate(name: CandidateName): Candidate {
  const load = createRequire(__filename);
  const { candidate } = load(MODULES[name]) as { candidate: Candidate };
  return candidate;
}
