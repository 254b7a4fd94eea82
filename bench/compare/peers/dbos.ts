/**
 * DBOS Transact with its system tables in the same PostgreSQL, in a database of their own.
 * https://docs.dbos.dev/typescript/reference/client (enqueue and send from outside)
 */
import { DBOSClient } from '@dbos-inc/dbos-sdk';
import { withDatabase } from '../../../dev/stack/seed';
import type { Candidate } from '../candidate';
import { APP_VERSION, APPLICATION, QUEUE, WORKFLOW } from './dbos-names';

const DATABASE = 'dbos_compare';

export const candidate: Candidate = {
  name: 'dbos',
  label: 'DBOS Transact 5 on PostgreSQL',
  unavailable: () => null,
  async deploy({ stack }) {
    const url = new URL(stack.env['DATABASE_URL'] ?? '');
    await withDatabase(url.href, async (database) => {
      await database.query(`drop database if exists ${DATABASE} with (force)`);
      await database.query(`create database ${DATABASE}`);
    });
    url.pathname = `/${DATABASE}`;
    const systemDatabaseUrl = url.href;
    return {
      server: null,
      worker: { entry: 'peers/dbos-worker', env: { DBOS_SYSTEM_DATABASE_URL: systemDatabaseUrl } },
      async connect() {
        const client = await DBOSClient.create({ systemDatabaseUrl, applicationName: APPLICATION });
        return {
          async begin(jobs) {
            await Promise.all(
              jobs.map((job) =>
                client.enqueue(
                  {
                    workflowName: WORKFLOW,
                    queueName: QUEUE,
                    workflowID: job.jobId,
                    appVersion: APP_VERSION,
                  },
                  job,
                ),
              ),
            );
          },
          answer: ({ jobId }, question, configuration) =>
            // The key makes a repeated answer one answer.
            client.send(jobId, configuration, question, `${jobId}/${question}`),
          close: () => client.destroy(),
        };
      },
    };
  },
};
