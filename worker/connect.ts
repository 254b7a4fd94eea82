/** The worker's way to Temporal: one connection that works, one that asks and tells. */
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { recordNeed, temporalNeed, type Need } from '../domain/lifecycle';
import { createDataConverter, parsePayloadKeys } from '../domain/payload-codec';
import { RECONNECTING, type WorkerSettings } from '../domain/settings';

export interface Outside {
  client: Client;
  temporal: Need;
  database: Need;
  /** To be called once they are met. */
  connect(): Promise<{ connection: NativeConnection; namespace: string; dataConverter: DataConverter }>;
  close(): Promise<void>;
}

/** Nothing connects before it is used. */
export function outsideOf(
  settings: WorkerSettings,
  workflowInterceptors: WorkflowClientInterceptor[] = [],
): Outside {
  const { connection: target, namespace } = settings.temporal;
  const dataConverter = createDataConverter(parsePayloadKeys(settings.PAYLOAD_KEYS));
  const asking = Connection.lazy({ ...target, ...RECONNECTING });
  let working: NativeConnection | undefined;
  return {
    client: new Client({
      connection: asking,
      namespace,
      dataConverter,
      interceptors: { workflow: workflowInterceptors },
    }),
    temporal: temporalNeed(asking, settings.temporal),
    database: recordNeed(settings),
    async connect() {
      working = await NativeConnection.connect(target);
      return { connection: working, namespace, dataConverter };
    },
    async close() {
      await Promise.all([working?.close(), asking.close()]);
    },
  };
}
