import { routed } from '../../../domain/telemetry/outside-calls';
import { waitOrAbort } from '../../../domain/wait';
import { postToBackend, type BackendSettings } from './backend-transport';
import type { Reads, UploadBatch } from './reads';
import type { SubStepCall } from './request-types';
import { fromCounts, type Interpretation } from './rows/row';

const TERMINAL: ReadonlySet<string> = new Set(['completed', 'failed']);

const stillRunning: Interpretation = { state: 'unclear', failure: 'OutcomeUnclear', scriptEnded: false };

/**
 * Follows an upload batch to its end: looks every 2 s at first, backing off to 10 s, for at most `uploadWaitMs`. Images that failed are
 * sent once more by the batch's own retry; what fails again is a person's work.
 */
export async function followUploadBatch(
  settings: BackendSettings,
  reads: Reads,
  call: SubStepCall,
  batchId: string,
): Promise<Interpretation> {
  const deadline = Date.now() + settings.limits.uploadWaitMs;
  const first = await untilTerminal(settings, reads, call, batchId, deadline);
  if (first === null || first.progress.failed === 0) return judge(first);
  const retried = await retryFailedImages(settings, call, batchId);
  return judge(retried ? await untilTerminal(settings, reads, call, batchId, deadline) : first);
}

async function untilTerminal(
  { limits }: BackendSettings,
  reads: Reads,
  call: SubStepCall,
  batchId: string,
  deadline: number,
): Promise<UploadBatch | null> {
  for (let wait = limits.pollFirstMs; ; wait = Math.min(wait * 1.5, limits.pollMaxMs)) {
    const result = await reads.uploadBatch(batchId);
    // A look that fails is no news of the batch: the next one may succeed.
    if (result.ok && result.value && TERMINAL.has(result.value.status)) return result.value;
    if (Date.now() + wait > deadline || call.signal.aborted) return null;
    await waitOrAbort(wait, call.signal);
  }
}

async function retryFailedImages(
  settings: BackendSettings,
  call: SubStepCall,
  batchId: string,
): Promise<boolean> {
  const outcome = await postToBackend(
    settings,
    'uploadImages',
    call,
    routed`/api/upload-batches/${batchId}/retry`,
    {},
    settings.limits.rows.uploadImages.clientTimeoutMs,
  );
  return outcome.kind === 'response' && outcome.status >= 200 && outcome.status < 300;
}

function judge(batch: UploadBatch | null): Interpretation {
  if (batch === null) return stillRunning;
  const { total, uploaded, failed } = batch.progress;
  // The backend says "failed" only when not one image went through.
  if (batch.status === 'failed') return { state: 'failed', failure: 'ReportedFailure' };
  return fromCounts({ total, done: uploaded, failed }, { totalImages: total, uploaded });
}
