import { Context } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import { UNITS } from '../flow';
import { performFromEnvironment, setting } from '../work';
import type { Activities } from './workflow';

const HEARTBEAT_MS = 5_000;

async function main(): Promise<void> {
  const perform = performFromEnvironment();
  const activities = Object.fromEntries(
    UNITS.map((unit): [string, Activities[typeof unit]] => [
      unit,
      async (job, configuration) => {
        const context = Context.current();
        const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
        try {
          await perform(job, unit, configuration);
        } finally {
          clearInterval(beat);
        }
      },
    ]),
  );
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: setting('TEMPORAL_ADDRESS') }),
    taskQueue: setting('TASK_QUEUE'),
    workflowBundle: { codePath: setting('WORKFLOW_BUNDLE') },
    activities,
    maxConcurrentActivityTaskExecutions: 200,
  });
  process.stdout.write('worker ready\n');
  await worker.run();
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
