/** One restaurant's registration, from its extraction to a finished account: the six steps of the product, in order. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setHandler,
  TemporalFailure,
} from '@temporalio/workflow';
import { CLOSED } from '../domain/reasons';
import { AccountSetupDesk } from './account-setup';
import { record } from './activities';
import { refuse } from './commands';
import { CompanyDesk } from './company';
import { ConfigurationDesk } from './configuration';
import { ExtractionDesk } from './extraction';
import { JobClosed } from './failures';
import {
  giveUp,
  republish,
  retry,
  type OperatorCommand,
  type RegistrationInput,
  type RegistrationResult,
  type RetryCommand,
  type RetryResult,
} from './messages';
import { RegistrationRun } from './run';

interface Desks {
  extraction: ExtractionDesk;
  company: CompanyDesk;
  configuration: ConfigurationDesk;
  accountSetup: AccountSetupDesk;
}

export async function registrationWorkflow(input: RegistrationInput): Promise<RegistrationResult> {
  // Handlers are set before the first await: a choice that comes early is judged, never lost.
  const run = new RegistrationRun(input);
  const desks: Desks = {
    extraction: new ExtractionDesk(run),
    company: new CompanyDesk(run),
    configuration: new ConfigurationDesk(run),
    accountSetup: new AccountSetupDesk(run),
  };
  handleCommands(run, desks);

  try {
    await desks.extraction.follow();
    await desks.company.search();
    await desks.company.select();
    await desks.company.fetchDetails();
    await desks.configuration.confirm();
    await desks.accountSetup.perform();
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
  await run.record.flush();
}

/** Commands that concern the job as a whole; each desk handles those of its step. */
function handleCommands(run: RegistrationRun, desks: Desks): void {
  setHandler(retry, (command) => retryFailed(run, desks, command), {
    validator: (command) => assertRetryable(desks, command),
  });
  setHandler(giveUp, (command) => giveUpJob(run, command), {
    validator: (_command) => {
      if (!run.canGiveUp)
        refuse('INVALID_STATUS', 'Only a job that waits for a person can be given up. Cancel it instead.');
    },
  });
  setHandler(republish, async ({ actor, reason }) => {
    run.event('record.republished', { actor, reason });
    return { revision: (await record.restoreJob(run.record.wholeAnew())).revision };
  });
}

function giveUpJob(run: RegistrationRun, { actor, reason }: OperatorCommand): { status: 'failed' } {
  run.event('job.given_up', { actor, reason });
  run.giveUp(CLOSED.givenUp(reason));
  return { status: 'failed' };
}

function assertRetryable(
  { extraction, company, accountSetup }: Desks,
  { step, subSteps }: RetryCommand,
): void {
  const failed =
    step === 1
      ? extraction.canChoose()
      : step === 6
        ? accountSetup.canRetry(subSteps)
        : company.canRetry(step);
  if (!failed)
    refuse('STEP_NOT_ACTION_REQUIRED', `Step ${String(step)} has nothing that failed and could be retried.`);
}

function retryFailed(
  run: RegistrationRun,
  { extraction, company, accountSetup }: Desks,
  { step, subSteps, actor, reason }: RetryCommand,
): RetryResult {
  const keys = step === 6 ? accountSetup.retry(subSteps) : [];
  if (step === 1) extraction.choose('wait');
  else if (step !== 6) company.retry();
  run.event('step.retried', { actor, reason, data: { step, sub_steps: keys.join(', ') || null } });
  return { step, subSteps: keys };
}
