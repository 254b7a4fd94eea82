import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { temporal } from '@temporalio/proto';

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

/** Keeps a history without what tells where it was recorded. */
export function keepHistory(
  name: string,
  workflowId: string,
  history: temporal.api.history.v1.IHistory,
): void {
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
