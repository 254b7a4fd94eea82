import { Context, log } from '@temporalio/activity';
import { activityFailure } from '../failure';
import { RegisterError, type CallOptions } from './register';

const HEARTBEAT_MS = 5_000;

/**
 * Calls the register from within an activity: with its cancellation signal, and its errors as typed failures.
 * @param known What the activity has found out so far, for its next try.
 */
export async function callRegister<T>(
  { jobId }: { jobId: string },
  call: (options: CallOptions) => Promise<T>,
  known?: unknown,
): Promise<T> {
  const context = Context.current();
  const signal = context.cancellationSignal;
  // A lost worker is noticed within seconds, while waiting for a turn too.
  const beat = setInterval(() => context.heartbeat(known), HEARTBEAT_MS);
  try {
    return await call({ signal, correlationId: jobId });
  } catch (error) {
    // Whatever a hung-up call throws, its cause is the cancellation.
    if (signal.aborted) return await context.cancelled;
    if (!(error instanceof RegisterError)) throw error;
    log.warn('register call failed', { type: error.type, detail: error.detail });
    throw activityFailure(error.type, { nextRetryDelayMs: error.retryAfterMs });
  } finally {
    clearInterval(beat);
  }
}
