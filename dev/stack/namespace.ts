import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import Long from 'long';
import { SEARCH_ATTRIBUTES } from '../../domain/ids';
import { StackError, describe } from './errors';
import { isServing, NAMESPACE } from './temporal';

const WITHIN_MS = 60_000;
const PAUSE_MS = 200;
const RETENTION_SECONDS = 72 * 60 * 60;
/** As the wire has them. */
const TYPES = { KEYWORD: 2, INT: 3 } as const;
const ALREADY_EXISTS = 6;

/**
 * Makes the namespace with its search attributes where it is not there yet, and resolves when the servers at all these addresses
 * know them: each reads what another has written a moment later.
 */
export async function createNamespace(addresses: readonly [string, ...string[]]): Promise<void> {
  const connection = await Connection.connect({ address: addresses[0] });
  const deadline = Date.now() + WITHIN_MS;
  try {
    await until(deadline, () => register(connection));
    await until(deadline, () => addSearchAttributes(connection));
  } finally {
    await connection.close();
  }
  for (const address of addresses) {
    await until(deadline, async () => {
      if (!(await isServing(address))) throw new Error(`${address} does not know the search attributes`);
    });
  }
}

async function register({ workflowService }: Connection): Promise<void> {
  await workflowService
    .registerNamespace({
      namespace: NAMESPACE,
      workflowExecutionRetentionPeriod: { seconds: Long.fromNumber(RETENTION_SECONDS) },
    })
    .catch(unlessThere);
}

async function addSearchAttributes({ operatorService }: Connection): Promise<void> {
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, TYPES[type]]),
  );
  await operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes }).catch(unlessThere);
}

function unlessThere(error: unknown): void {
  if (!isGrpcServiceError(error) || Number(error.code) !== ALREADY_EXISTS) throw error;
}

/** A server that has just started refuses for a while what it will do in a moment. */
async function until(deadline: number, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline)
        throw new StackError(`The namespace of Temporal cannot be made: ${describe(error)}`);
      await sleep(PAUSE_MS);
    }
  }
}
