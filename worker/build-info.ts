/** Which code this is. Written once by the build, so that an image without git knows it too. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Beside `worker/` in dist; the sources have none. */
export const BUILD_INFO_PATH = join(__dirname, '..', 'build-info.json');

const buildInfo = z.object({ buildId: z.string().min(1) });
export type BuildInfo = z.infer<typeof buildInfo>;

export const UNKNOWN_BUILD = 'unknown';

/**
 * The commit: from `SOURCE_COMMIT` (a build without git, as in an image), else from git; `unknown` with neither. What was changed since the
 * commit is another program, so it gets another name: the commit and a hash of the workflow bundle.
 */
export function findBuildInfo(bundle: string, env: Readonly<Record<string, string | undefined>>): BuildInfo {
  if (env['SOURCE_COMMIT']) return { buildId: env['SOURCE_COMMIT'] };
  const commit = git('rev-parse', 'HEAD')?.trim();
  const changes = git('status', '--porcelain', '--untracked-files=no');
  if (!commit || changes === null) return { buildId: UNKNOWN_BUILD };
  if (changes === '') return { buildId: commit };
  return { buildId: `${commit}-${createHash('sha256').update(bundle).digest('hex').slice(0, 12)}` };
}

/** What the build wrote down; `unknown` when there was no build (tests run from the sources). */
export function readBuildInfo(path = BUILD_INFO_PATH): BuildInfo {
  if (!existsSync(path)) return { buildId: UNKNOWN_BUILD };
  return buildInfo.parse(JSON.parse(readFileSync(path, 'utf8')));
}

function git(...args: string[]): string | null {
  const { status, stdout } = spawnSync('git', args, { cwd: __dirname, encoding: 'utf8' });
  return status === 0 ? stdout : null;
}
