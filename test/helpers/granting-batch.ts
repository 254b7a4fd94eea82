import { CancellationScope, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import { registrationWorkflowId } from '../../domain/ids';
import { step6Granted, step6Requested } from '../../workflows/messages';

/** Stands in for the batch of registrations that a test starts by themselves: grants every turn at once, until it is ended. */
export async function grantingBatch(): Promise<void> {
  setHandler(step6Requested, async ({ jobId, requestId }) => {
    await getExternalWorkflowHandle(registrationWorkflowId(jobId)).signal(step6Granted, { requestId });
  });
  await CancellationScope.current().cancelRequested;
}
