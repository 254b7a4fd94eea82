/**
 * Registrations that a batch waits for although they are not its children: after a reset of the batch they run already, and one that
 * was reset itself goes on in another run than the child that ended.
 */
import { CancellationScope, getExternalWorkflowHandle } from '@temporalio/workflow';
import type { EndedRegistration } from '../activities/leases';
import { outside } from './activities';
import { workflowFailure } from './failures';

/**
 * Follows runs to their end, all of them by one activity at a time. A cancellation of the batch reaches them too, as it does children.
 * @returns the end of each, by workflow id; none rejects
 */
export function followToEnd(
  workflowIds: readonly string[],
): (workflowId: string) => Promise<EndedRegistration> {
  const ends = new Map(workflowIds.map((workflowId) => [workflowId, new Deferred<EndedRegistration>()]));
  const open = new Set(workflowIds);
  void CancellationScope.current().cancelRequested.catch(() =>
    CancellationScope.nonCancellable(() => cancelAll(open)),
  );
  // No promise of it is left to reject: the activity is tried until it answers.
  void CancellationScope.nonCancellable(async () => {
    while (open.size > 0) {
      for (const ended of await outside.followRegistrations({ workflowIds: [...open] })) {
        open.delete(ended.workflowId);
        ends.get(ended.workflowId)?.resolve(ended);
      }
    }
  });
  return (workflowId) => {
    const end = ends.get(workflowId);
    if (!end) throw workflowFailure('Unexpected');
    return end.promise;
  };
}

class Deferred<T> {
  resolve!: (value: T) => void;
  readonly promise = new Promise<T>((resolve) => (this.resolve = resolve));
}

async function cancelAll(workflowIds: ReadonlySet<string>): Promise<void> {
  await Promise.allSettled(
    [...workflowIds].map((workflowId) => getExternalWorkflowHandle(workflowId).cancel()),
  );
}
