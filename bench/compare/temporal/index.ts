import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { Candidate } from '../candidate';
import { answered, plainRegistration } from './workflow';

const TASK_QUEUE = 'compare-plain';

export const candidate: Candidate = {
  name: 'temporal',
  label: 'Temporal, the same registration and no more',
  unavailable: () => null,
  async deploy({ stack, dir }) {
    const codePath = path.join(dir, 'workflow-bundle.js');
    const { code } = await bundleWorkflowCode({
      workflowsPath: require.resolve('./workflow'),
      logger: new DefaultLogger('ERROR'),
    });
    await writeFile(codePath, code);
    const address = stack.env['TEMPORAL_ADDRESS'] ?? '';
    return {
      server: 'temporal',
      worker: {
        entry: 'temporal/worker',
        env: { TEMPORAL_ADDRESS: address, TASK_QUEUE, WORKFLOW_BUNDLE: codePath },
      },
      async connect() {
        const connection = await Connection.connect({ address });
        const client = new Client({ connection });
        return {
          async begin(jobs) {
            await Promise.all(
              jobs.map((job) =>
                client.workflow.start(plainRegistration, {
                  workflowId: job.jobId,
                  taskQueue: TASK_QUEUE,
                  args: [job],
                }),
              ),
            );
          },
          answer: ({ jobId }, question, configuration) =>
            client.workflow.getHandle(jobId).signal(answered, question, configuration),
          close: () => connection.close(),
        };
      },
    };
  },
};
