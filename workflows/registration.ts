/** One restaurant's registration, from its extraction to a finished account: the six steps of the product, in order. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setHandler,
  TemporalFailure,
} from '@temporalio/workflow';
import { accountSetup } from './account-setup';
import { refuse } from './commands';
import { CompanyDesk } from './company';
import { ConfigurationDesk } from './configuration';
import { ExtractionDesk } from './extraction';
import { JobClosed } from './failures';
import {
  retry,
  type RegistrationInput,
  type RegistrationResult,
  type RetryCommand,
  type RetryResult,
} from './messages';
import { RegistrationRun } from './run';

export async function registrationWorkflow(input: RegistrationInput): Promise<RegistrationResult> {
  // Handlers are set before the first await: a choice that comes early is judged, never lost.
  const run = new RegistrationRun(input);
  const extraction = new ExtractionDesk(run);
  const company = new CompanyDesk(run);
  const configuration = new ConfigurationDesk(run);
  setHandler(retry, (command) => retryFailed(run, extraction, company, command), {
    validator: (command) => assertRetryable(run, extraction, company, command),
  });

  try {
    await extraction.follow();
    await company.search();
    await company.select();
    await company.fetchDetails();
    await configuration.confirm();
    await accountSetup(run);
    run.close();
  } catch (error) {
    // Anything else is a fault in this code: the task is retried until a corrected worker takes it over.
    if (!(error instanceof TemporalFailure)) throw error;
    run.close(error);
    if (!(error instanceof JobClosed)) throw error;
  } finally {
    if (run.isClosed) await CancellationScope.nonCancellable(() => leaveNothingUnsaid(run));
  }
  return { status: run.status };
}

async function leaveNothingUnsaid(run: RegistrationRun): Promise<void> {
  await condition(allHandlersFinished);
  await run.projector.flush();
}

function assertRetryable(
  run: RegistrationRun,
  extraction: ExtractionDesk,
  company: CompanyDesk,
  { step, subSteps }: RetryCommand,
): void {
  const failed =
    step === 1
      ? extraction.canChoose()
      : step === 6
        ? (run.setUp?.retryable(subSteps).length ?? 0) > 0
        : company.canRetry(step);
  if (!failed)
    refuse('STEP_NOT_ACTION_REQUIRED', `Step ${String(step)} has nothing that failed and could be retried.`);
}

function retryFailed(
  run: RegistrationRun,
  extraction: ExtractionDesk,
  company: CompanyDesk,
  { step, subSteps, actor, reason }: RetryCommand,
): RetryResult {
  const keys = step === 6 ? (run.setUp?.retryable(subSteps) ?? []) : [];
  if (step === 1) extraction.choose('wait');
  else if (step === 6) run.setUp?.retry(keys);
  else company.retry();
  run.event('step.retried', { actor, reason, data: { step, sub_steps: keys.join(', ') || null } });
  return { step, subSteps: keys };
}
