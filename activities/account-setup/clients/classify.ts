import { z } from 'zod';
import { SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import type { HttpOutcome } from '../../http-client';
import { retryAfter } from './backend-transport';
import { inspectable } from './foreign-text';
import type { SubStepCall } from './request-types';
import { contractBroken, type BackendRow, type Interpretation } from './rows/row';

type Response = Extract<HttpOutcome, { kind: 'response' }>;

/** What any answer may carry. A field of the wrong type reads as absent: only the row's own fields are demanded. */
const envelopeSchema = z.object({
  success: z.boolean().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  details: z.string().optional().catch(undefined),
  feature: z.string().optional().catch(undefined),
  retryable: z.boolean().optional().catch(undefined),
  partialSuccess: z.boolean().optional().catch(undefined),
  mode: z.string().optional().catch(undefined),
  batchId: z.unknown().optional(),
  stats: z.object({ failed: z.number() }).optional().catch(undefined),
  summary: z.object({ failed: z.number() }).optional().catch(undefined),
});
type Envelope = z.output<typeof envelopeSchema>;

/** What became of a call, by its transport, its status and its body; nothing of the text goes on from here. */
export function classify(
  key: SubStepKey,
  row: BackendRow,
  call: SubStepCall,
  sent: unknown,
  outcome: HttpOutcome,
): Interpretation {
  if (outcome.kind === 'not_sent') {
    const failure = outcome.reason === 'invalid_request' ? 'NotConfigured' : 'BackendUnavailable';
    return { state: 'failed', failure };
  }
  if (outcome.kind === 'lost') return { state: 'unclear', failure: 'BackendUnavailable', scriptEnded: false };

  const parsed = envelopeSchema.safeParse(outcome.json);
  const envelope = parsed.success ? parsed.data : null;
  const text = envelope ? inspectable([envelope.error, envelope.message, envelope.details], sent) : '';
  if (outcome.status >= 200 && outcome.status < 300) {
    return envelope ? classifyOk(key, row, call, envelope, text, outcome.json) : contractBroken('(body)');
  }
  return classifyRefusal(outcome, envelope, text, row) ?? classifyError(key, row, outcome, envelope, text);
}

/** A 2xx: a success needs more than that. */
function classifyOk(
  key: SubStepKey,
  row: BackendRow,
  call: SubStepCall,
  envelope: Envelope,
  text: string,
  body: unknown,
): Interpretation {
  if (envelope.success === undefined) return contractBroken('success');
  if (envelope.partialSuccess) return partial(row);
  if (!envelope.success) return knownFailure(row, text) ?? unexplained(key);
  if (!row.answersWithBatch) {
    if (failedParts(envelope) > 0 && !envelope.summary) return partial(row);
    const running = envelope.mode === 'asynchronous' || typeof envelope.batchId === 'string';
    if (running) return { state: 'unclear', failure: 'OutcomeUnclear', scriptEnded: false };
  }
  return row.interpretSuccess(body, call);
}

const failedParts = ({ stats, summary }: Envelope): number => (stats?.failed ?? 0) + (summary?.failed ?? 0);

const partial = (row: BackendRow): Interpretation =>
  row.rerunCompletes
    ? { state: 'failed', failure: 'ReportedFailure' }
    : { state: 'partial', failure: 'PartialResult', output: {} };

const knownFailure = (row: BackendRow, text: string): Interpretation | undefined =>
  row.known.find((known) => known.text.test(text))?.is;

/** The service says that it failed, not why: harmless to repeat, or it may have acted before it failed. */
function unexplained(key: SubStepKey): Interpretation {
  return SUB_STEPS[key].repeat !== 'never'
    ? { state: 'failed', failure: 'ReportedFailure' }
    : { state: 'unclear', failure: 'ReportedFailure', scriptEnded: true };
}

/** Refused at the door: nothing was done. Undefined for what is not a refusal. */
function classifyRefusal(
  { status, retryAfterMs }: Response,
  envelope: Envelope | null,
  text: string,
  row: BackendRow,
): Interpretation | undefined {
  if (status === 401) return { state: 'failed', failure: 'BackendAuthError' };
  if (status === 403) {
    if (envelope?.feature === undefined) return { state: 'failed', failure: 'BackendAuthError' };
    // Our own word for it: the two that it can be are known.
    const detail =
      envelope.feature.includes('.') && row.feature ? `registration.${row.feature}` : 'registration';
    return { state: 'failed', failure: 'FeatureDisabled', detail };
  }
  if (status === 429) return { state: 'failed', failure: row.throttledIs, ...retryAfter(retryAfterMs) };
  if (status !== 503) return undefined;
  if (/not configured/.test(text)) return { state: 'failed', failure: 'NotConfigured' };
  const transient = envelope?.retryable === true || /database[^\n]*unavailable/.test(text);
  return transient
    ? { state: 'failed', failure: 'BackendUnavailable', ...retryAfter(retryAfterMs) }
    : undefined;
}

function classifyError(
  key: SubStepKey,
  row: BackendRow,
  { status, retryAfterMs }: Response,
  envelope: Envelope | null,
  text: string,
): Interpretation {
  if (envelope?.partialSuccess) return partial(row);
  const known = knownFailure(row, text);
  if (known) return known;
  if (status < 400) return { state: 'failed', failure: 'BackendContractError', detail: '(redirect)' };
  if (status === 408 || status === 502 || status === 504) return timedOut(false);
  if (status === 404) return { state: 'failed', failure: 'NotFound' };
  if (status < 500) return { state: 'failed', failure: 'InvalidInput' };
  if (/timed? ?out/.test(text)) return timedOut(true);
  if (/restaurant[^\n]*not found/.test(text)) return { state: 'failed', failure: 'NotFound' };
  const result = unexplained(key);
  return status === 503 && result.state === 'failed'
    ? { state: 'failed', failure: 'BackendUnavailable', ...retryAfter(retryAfterMs) }
    : result;
}

/** `scriptEnded`: the backend speaks of the end of its own script, not a proxy of its patience. */
const timedOut = (scriptEnded: boolean): Interpretation => ({
  state: 'unclear',
  failure: 'BackendUnavailable',
  scriptEnded,
});
