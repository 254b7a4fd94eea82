import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { ConfigurationSnapshot } from '../../../domain/configuration/types';
import { batchWorkflowId, DEFAULT_TASK_QUEUES, registrationWorkflowId } from '../../../domain/ids';
import { createDataConverter, parsePayloadKeys } from '../../../domain/payload-codec';
import { companySelected, WORKFLOW_TYPES, yoloConfigured } from '../../../workflows/messages';
import type { Candidate } from '../candidate';
import { COMPANY_NUMBER } from './register';

export const candidate: Candidate = {
  name: 'product',
  label: 'This product on Temporal',
  unavailable: () => null,
  deploy({ stack }) {
    const address = stack.env['TEMPORAL_ADDRESS'] ?? '';
    const payloadKeys = stack.env['PAYLOAD_KEYS'] ?? '';
    return Promise.resolve({
      server: 'temporal' as const,
      worker: { entry: 'product/worker', env: { TEMPORAL_ADDRESS: address, PAYLOAD_KEYS: payloadKeys } },
      async connect() {
        const connection = await Connection.connect({ address });
        const dataConverter = createDataConverter(parsePayloadKeys(payloadKeys));
        const client = new Client({ connection, dataConverter });
        return {
          async begin(jobs) {
            const batches = new Set(jobs.map(({ batchId }) => batchId));
            for (const batchId of batches)
              await client.workflow.start(WORKFLOW_TYPES.batch, {
                workflowId: batchWorkflowId(batchId),
                taskQueue: DEFAULT_TASK_QUEUES.registrations,
                args: [{ batchId }],
              });
          },
          async answer({ jobId }, question, configuration) {
            const run = client.workflow.getHandle(registrationWorkflowId(jobId));
            const decision = { decisionId: randomUUID(), actor: 'person-1' };
            if (question === 'company') {
              const selection = { company_number: COMPANY_NUMBER };
              await run.signal(companySelected, { ...decision, searchNo: 1, selection });
            } else {
              const snapshot = configuration as unknown as ConfigurationSnapshot;
              await run.signal(yoloConfigured, { ...decision, configuration: ownedBy(jobId, snapshot) });
            }
          },
          close: () => connection.close(),
        };
      },
    });
  },
};

/** Each restaurant has an owner of its own, so that none waits for another's account. */
function ownedBy(jobId: string, snapshot: ConfigurationSnapshot): ConfigurationSnapshot {
  return { ...snapshot, account: { ...snapshot.account, ownerKey: jobId } };
}
