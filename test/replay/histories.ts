import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { temporal } from '@temporalio/proto';
import { createPayloadCodec, parsePayloadKeys } from '../../domain/payload-codec';
import packageJson from '../../package.json';
import { TEST_PAYLOAD_KEYS } from '../helpers/payloads';

/** A folder a release: a run may have been begun by any of them. */
const FOLDER = join(__dirname, 'histories');

/** The release that is being made: what is recorded now is its set. */
export const CURRENT_RELEASE = packageJson.version;

export interface KeptHistory {
  release: string;
  name: string;
  workflowId: string;
  history: unknown;
}

/** Those of every release, or of one. */
export function keptHistories(release?: string, folder = FOLDER): KeptHistory[] {
  const releases = release === undefined ? readdirSync(folder).sort() : [release];
  return releases.flatMap((one) => historiesOf(one, join(folder, one)));
}

function historiesOf(release: string, folder: string): KeptHistory[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const { workflowId, history } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<
        KeptHistory,
        'name' | 'release'
      >;
      return { release, name: file.replace(/\.json$/, ''), workflowId, history };
    });
}

export const OVERWRITE_SETTING = 'REPLAY_OVERWRITE_RELEASED';

/** Whether git has that tag; null: git cannot tell. */
function hasTag(tag: string): boolean | null {
  const { status, stdout } = spawnSync('git', ['tag', '--list', tag], { cwd: __dirname, encoding: 'utf8' });
  return status === 0 ? stdout.trim() === tag : null;
}

/**
 * Histories of a release that is out are what its runs look like: recorded afresh by younger code, they would prove nothing.
 * @throws Error when the release has its tag in git, or git cannot tell, unless the setting says to write all the same
 */
export function assertMayRecord(
  release: string,
  env: Readonly<Record<string, string | undefined>>,
  isTagged = hasTag,
): void {
  if (env[OVERWRITE_SETTING] === 'true') return;
  const tag = `v${release}`;
  const tagged = isTagged(tag);
  if (tagged === false) return;
  const why = tagged ? `${release} is released (git tag ${tag})` : 'git cannot tell what is released';
  throw new Error(
    `${why}: raise the version in package.json and record for that, or set ${OVERWRITE_SETTING}=true.`,
  );
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

/** Keeps a history of the current release, without what tells where it was recorded. Changes it. */
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
  const folder = join(FOLDER, CURRENT_RELEASE);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `${name}.json`),
    `${JSON.stringify({ workflowId, history: cleaned }, null, 1)}\n`,
  );
}
