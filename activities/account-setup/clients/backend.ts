/** The set-up backend: the twelve sub-steps as calls with checked results. Start reading here; rows/ holds one entry a sub-step. */
import type { FailureType } from '../../../domain/failures';
import type { SubStepOutput } from '../../../domain/record';
import type { SubStepKey } from '../../../domain/sub-steps';
import { postToBackend, type BackendSettings } from './backend-transport';
import { classify } from './classify';
import type { BackendLimits } from './limits';
import { createReads } from './reads';
import type { BackendResult, ResultCounts, SubStepCall, Verdict } from './request-types';
import { BACKEND_ROWS } from './rows';
import type { Interpretation } from './rows/row';
import { followUploadBatch } from './upload-batch';
import { createVerification, type Verification } from './verification';

export type { BackendSettings } from './backend-transport';
export { LIMITS, scaledLimits, type BackendLimits } from './limits';
export type { BackendResult, ResultCounts, SubStepCall, Verdict } from './request-types';

export interface SetupBackend {
  readonly limits: BackendLimits;
  /** One call, its answer checked and, where there is a read, read back. Never throws for trouble of the network or the backend. */
  performCall(key: SubStepKey, call: SubStepCall): Promise<BackendResult>;
  /** Whether the effect is there, after an outcome that is unclear. See `Verdict` for what may be concluded when. */
  verifyEffect(key: SubStepKey, call: SubStepCall): Promise<Verdict>;
  /** What to store in the ledger row before the call; throws a typed activity failure if it cannot be read. */
  captureState(key: SubStepKey, call: SubStepCall): Promise<SubStepOutput | null>;
  /** Whether `verifyEffect` has anything to read. */
  isPollable(key: SubStepKey): boolean;
}

export function createSetupBackend(settings: BackendSettings): SetupBackend {
  const verification = createVerification(settings);
  const underWay = <T>(call: SubStepCall, work: () => Promise<T>): Promise<T> =>
    withProgress(call, settings.limits.progressEveryMs, work);
  return {
    limits: settings.limits,
    isPollable: (key) => verification.pollable(key),
    captureState: (key, call) => underWay(call, () => verification.capture(key, call)),
    verifyEffect: (key, call) =>
      underWay(call, async () =>
        guardVerdict(await verification.verify(key, call, 'settle'), settings, call),
      ),
    performCall: (key, call) =>
      underWay(call, async () =>
        guardResult(await perform(settings, verification, key, call), settings, call),
      ),
  };
}

async function perform(
  settings: BackendSettings,
  verification: Verification,
  key: SubStepKey,
  call: SubStepCall,
): Promise<BackendResult> {
  const row = BACKEND_ROWS[key];
  const request = row.request(call);
  if ('missing' in request) return { ...plain('failed', request.missing), detail: request.detail };
  const { clientTimeoutMs } = settings.limits.rows[key];
  const outcome = await postToBackend(settings, key, call, request.path, request.body, clientTimeoutMs);
  const answered = classify(key, row, call, request.body, outcome);
  const interpretation =
    answered.state === 'running'
      ? await followUploadBatch(settings, createReads(settings, key, call), call, answered.batchId)
      : answered;
  return conclude(verification, key, call, interpretation);
}

const plain = (state: 'failed' | 'unclear' | 'partial', failure: FailureType): BackendResult => ({
  state,
  failure,
  proof: 'none',
  output: {},
});

/** From what the answer says to what we hold to be true, with the help of the reads. */
async function conclude(
  verification: Verification,
  key: SubStepKey,
  call: SubStepCall,
  answer: Interpretation,
): Promise<BackendResult> {
  switch (answer.state) {
    case 'succeeded':
      return concludeSuccess(verification, key, call, answer);
    case 'exists':
      return concludeExists(verification, key, call, answer.failure);
    case 'unclear':
      return concludeUnclear(verification, key, call, answer);
    case 'running':
      return plain('unclear', 'OutcomeUnclear');
    case 'partial':
    case 'failed': {
      const { state, failure, ...rest } = answer;
      return { ...plain(state, failure), ...rest };
    }
  }
}

async function concludeSuccess(
  verification: Verification,
  key: SubStepKey,
  call: SubStepCall,
  answer: Extract<Interpretation, { state: 'succeeded' }>,
): Promise<BackendResult> {
  const counts = answer.counts ? { counts: answer.counts } : {};
  const reported: BackendResult = { state: 'succeeded', proof: 'reported', output: answer.output, ...counts };
  const nothingToDo = answer.counts?.total === 0;
  if (nothingToDo || !verification.pollable(key)) return reported;
  const verdict = await verification.verify(key, expecting(key, call, answer.counts), 'final');
  if (verdict.present === true) {
    return { ...reported, proof: verdict.proof, output: { ...answer.output, ...verdict.output } };
  }
  if (verdict.present === 'unknown' || !verification.absenceContradicts(key)) return reported;
  const failure = verdict.present === 'undecided' ? verdict.failure : 'OutcomeUnclear';
  return { ...plain('unclear', failure), ...counts };
}

/** Somebody made it before. A success if a read says that it is ours and, for an account, that it was there before this attempt. */
async function concludeExists(
  verification: Verification,
  key: SubStepKey,
  call: SubStepCall,
  failure: FailureType,
): Promise<BackendResult> {
  const verdict = await verification.verify(key, call, 'final');
  if (verdict.present === 'undecided') return plain('unclear', failure);
  // The backend notes an account as the restaurant's even when the vendor only said that it exists.
  const notedJustNow = call.stateBefore?.['hasAccount'] === false;
  return verdict.present === true && !notedJustNow
    ? { state: 'already_done', proof: verdict.proof, output: verdict.output }
    : plain('failed', failure);
}

/**
 * A lost answer stays unclear for the executor to ask again in time. After a failure that the service reported itself, its script
 * has stopped: what the platform shows of things that can be made by halves is then a part.
 */
async function concludeUnclear(
  verification: Verification,
  key: SubStepKey,
  call: SubStepCall,
  answer: Extract<Interpretation, { state: 'unclear' }>,
): Promise<BackendResult> {
  const { state, failure, scriptEnded, ...rest } = answer;
  const unclear: BackendResult = { ...plain(state, failure), ...rest };
  if (!scriptEnded || !MADE_BY_HALVES.has(key) || !verification.pollable(key)) return unclear;
  const verdict = await verification.verify(key, expecting(key, call, answer.counts), 'part');
  if (verdict.present === true)
    return { state: 'already_done', proof: verdict.proof, output: verdict.output };
  if (verdict.present !== 'undecided') return unclear;
  // A person looks: what stands half made would be taken for the whole by a later look.
  const why = verdict.failure === 'PartialResult' ? 'PartialResult' : 'OutcomeUnclear';
  return { ...unclear, state: 'partial', failure: why };
}

/** The service's own total tells how many option sets the platform must have gained. */
const expecting = (key: SubStepKey, call: SubStepCall, counts: ResultCounts | undefined): SubStepCall =>
  key === 'optionSets' && counts
    ? { ...call, expected: { ...call.expected, optionSets: counts.total } }
    : call;

const MADE_BY_HALVES: ReadonlySet<SubStepKey> = new Set(['menuImport', 'optionSets', 'itemTags']);

async function withProgress<T>(call: SubStepCall, everyMs: number, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const timer = setInterval(() => call.onProgress(Date.now() - started), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Shorter secrets occur in harmless values by chance; passwords are longer. */
const SHORTEST_SECRET = 6;

/** An answer that repeats a secret in a field that we keep, as it is or as a part of an address, is one that we do not understand. */
function holdsSecret(
  output: SubStepOutput,
  { serviceKey }: BackendSettings,
  { secrets }: SubStepCall,
): boolean {
  const values = Object.values(output);
  return [serviceKey, ...Object.values(secrets)].some(
    (secret) =>
      secret !== undefined &&
      secret.length >= SHORTEST_SECRET &&
      values.some(
        (value) =>
          typeof value === 'string' && (value.includes(secret) || value.includes(encodeURIComponent(secret))),
      ),
  );
}

const guardResult = (result: BackendResult, settings: BackendSettings, call: SubStepCall): BackendResult =>
  holdsSecret(result.output, settings, call) ? plain('unclear', 'BackendContractError') : result;

const guardVerdict = (verdict: Verdict, settings: BackendSettings, call: SubStepCall): Verdict =>
  verdict.present === true && holdsSecret(verdict.output, settings, call)
    ? { present: 'undecided', failure: 'BackendContractError' }
    : verdict;
