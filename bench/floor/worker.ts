/** The worker of the engine's floor: a process of its own, as ours is, with the same limits. */
import { Client, Connection } from '@temporalio/client';
import { Context } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { answered } from './workflows';

export const FLOOR_QUEUE = 'floor';

export interface FloorActivities {
  nothing(): Promise<void>;
  /** A person who answers at once. */
  askPerson(): Promise<void>;
  /** Milliseconds since the epoch. */
  tellTime(): Promise<number>;
}

async function main(address: string): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const [connection, own] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
  ]);
  const client = new Client({ connection: own });
  const activities: FloorActivities = {
    nothing: () => Promise.resolve(),
    tellTime: () => Promise.resolve(Date.now()),
    async askPerson() {
      const { workflowId } = Context.current().info.workflowExecution ?? {};
      if (workflowId !== undefined) await client.workflow.getHandle(workflowId).signal(answered);
    },
  };
  const worker = await Worker.create({
    connection,
    taskQueue: FLOOR_QUEUE,
    workflowsPath: require.resolve('./workflows'),
    activities,
  });
  process.stdout.write('ready\n');
  await worker.run();
  await Promise.all([connection.close(), own.close()]);
}

if (require.main === module) {
  main(process.env['TEMPORAL_ADDRESS'] ?? '').catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  });
}
