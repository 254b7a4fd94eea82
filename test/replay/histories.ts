import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { temporal } from '@temporalio/proto';
import { createPayloadCodec, parsePayloadKeys } from '../../domain/payload-codec';
import { TEST_PAYLOAD_KEYS } from '../helpers/payloads';

const FOLDER = join(__dirname, 'histories');

export interface KeptHistory {
  name: string;
  workflowId: string;
  history: unknown;
}

export function keptHistories(folder = FOLDER): KeptHistory[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const { workflowId, history } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<
        KeptHistory,
        'name'
      >;
      return { name: file.replace(/\.json$/, ''), workflowId, history };
    });
}

const codec = createPayloadCodec(parsePayloadKeys(TEST_PAYLOAD_KEYS));

/** The stack in there names files of the machine; it is encrypted under a key that is no secret. */
async function withoutStack(failure: temporal.api.failure.v1.IFailure): Promise<void> {
  if (failure.encodedAttributes) {
    const [payload = {}] = await codec.decode([failure.encodedAttributes]);
    const { message } = defaultPayloadConverter.fromPayload<{ message?: string }>(payload);
    const cleaned = defaultPayloadConverter.toPayload({ message, stack_trace: '' });
    [failure.encodedAttributes = null] = await codec.encode([cleaned]);
  }
  if (failure.cause) await withoutStack(failure.cause);
}

/** Failures stand in several kinds of events' attributes, always under this name. */
async function withoutStacks(history: temporal.api.history.v1.IHistory): Promise<void> {
  for (const event of history.events ?? []) {
    for (const attributes of Object.values(event) as {
      failure?: temporal.api.failure.v1.IFailure | null;
    }[]) {
      if (attributes?.failure) await withoutStack(attributes.failure);
    }
  }
}

/** Keeps a history without what tells where it was recorded. Changes it. */
export async function keepHistory(
  name: string,
  workflowId: string,
  history: temporal.api.history.v1.IHistory,
): Promise<void> {
  await withoutStacks(history);
  const cleaned = JSON.parse(historyToJSON(history), (key, value: unknown) => {
    if (key === 'identity') return 'recorder';
    if (key === 'stackTrace') return '';
    // Sticky queues are named after the process and its machine.
    return typeof value === 'string' && /^\d+@/.test(value) ? 'recorder-sticky' : value;
  }) as unknown;
  writeFileSync(
    join(FOLDER, `${name}.json`),
    `${JSON.stringify({ workflowId, history: cleaned }, null, 1)}\n`,
  );
}
