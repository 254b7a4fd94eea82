/** How the workflow of a batch is started, by whoever starts it: the API, and the reconciler after an outage. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { batchWorkflowId, DEFAULT_TASK_QUEUES, SEARCH_ATTRIBUTES } from './ids';
import { batchPriority } from './priorities';

export interface BatchToStart {
  id: string;
  organisationId: string;
  name: string;
  totalRestaurants: number;
}

const batchIdKey = defineSearchAttributeKey('BatchId', SearchAttributeType[SEARCH_ATTRIBUTES.BatchId]);
const organisationIdKey = defineSearchAttributeKey(
  'OrganisationId',
  SearchAttributeType[SEARCH_ATTRIBUTES.OrganisationId],
);

/**
 * A worker that does not have a batch in memory replays it whole within one task: some 11 events a restaurant, a millisecond each on a slow
 * machine, so more than the usual ten seconds for 1,000 of them. A task that ran out would begin from the start, and run out again.
 */
const TASK_TIMEOUT = '1 minute';

/**
 * Options for the client's `workflow.start`. Starting one that runs gives that one; starting one that has ended throws
 * WorkflowExecutionAlreadyStartedError, so a batch runs once whoever asks how often.
 */
export function batchStartOptions(batch: BatchToStart) {
  return {
    workflowId: batchWorkflowId(batch.id),
    taskQueue: DEFAULT_TASK_QUEUES.registrations,
    workflowTaskTimeout: TASK_TIMEOUT,
    args: [{ batchId: batch.id }],
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    typedSearchAttributes: [
      { key: batchIdKey, value: batch.id },
      { key: organisationIdKey, value: batch.organisationId },
    ],
    staticSummary: batch.name,
    staticDetails: `Batch of ${batch.totalRestaurants} restaurants\n\nBatch id: \`${batch.id}\``,
    priority: batchPriority(batch.organisationId),
  };
}
