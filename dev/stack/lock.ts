import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { StackError, describe, errorCode } from './errors';

const runningSchema = z.object({
  pid: z.number().int(),
  started_at: z.string(),
  speed: z.number(),
  env: z.record(z.string(), z.string()),
});

/** The stack that runs on a data folder, as its process wrote it to `stack.json` once ready. */
export type RunningStack = z.infer<typeof runningSchema>;

const lockFile = (dir: string): string => path.join(dir, 'lock');
const stackFile = (dir: string): string => path.join(dir, 'stack.json');

/** The process that holds the data folder, or null: none, or one that is gone without a word. */
export function lockHolder(dir: string): number | null {
  if (!existsSync(lockFile(dir))) return null;
  const pid = Number(readFileSync(lockFile(dir), 'utf8'));
  return Number.isInteger(pid) && pid > 0 && isOurs(pid) ? pid : null;
}

/** The ready stack of this folder, or null. Throws a StackError while one is starting or ending. */
export function findRunningStack(dir: string): RunningStack | null {
  const holder = lockHolder(dir);
  if (holder === null) return null;
  const parsed = existsSync(stackFile(dir)) ? parseRunning(readFileSync(stackFile(dir), 'utf8')) : null;
  if (parsed?.pid === holder) return parsed;
  throw new StackError(
    `A stack of this clone is starting or ending (process ${holder}): wait for its ready line, or end it`,
  );
}

/** Takes the data folder for this process; returns what gives it back. Throws a StackError when it is held. */
export function takeLock(dir: string): () => void {
  const holder = lockHolder(dir);
  if (holder !== null) {
    throw new StackError(
      `A stack of this clone runs already (process ${holder}): use it, or end it with \`kill ${holder}\``,
    );
  }
  try {
    mkdirSync(dir, { recursive: true, mode: 0o711 });
    rmSync(lockFile(dir), { force: true });
    rmSync(stackFile(dir), { force: true });
    writeFileSync(lockFile(dir), String(process.pid), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (errorCode(error) === 'EEXIST' && existsSync(lockFile(dir))) {
      throw new StackError('Another stack of this clone is starting at this moment: use that one');
    }
    throw new StackError(
      `The data folder ${dir} cannot be written (${describe(error)}): make it yours, or remove it`,
    );
  }
  return () => {
    rmSync(stackFile(dir), { force: true });
    rmSync(lockFile(dir), { force: true });
  };
}

/** Says that the stack is ready to be used by other commands of this clone. */
export function publishStack(dir: string, stack: RunningStack): void {
  writeFileSync(stackFile(dir), `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
}

function parseRunning(text: string): RunningStack | null {
  try {
    return runningSchema.parse(JSON.parse(text));
  } catch {
    return null; // half written: as if it were not there
  }
}

/** Is the process alive, and is it one of ours? A number may have gone to another program since. */
function isOurs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false;
  }
  const commandLine = `/proc/${pid}/cmdline`;
  if (!existsSync(commandLine)) return process.platform !== 'linux';
  return /dev[/\\]main\.(js|ts)|jest/.test(readFileSync(commandLine, 'utf8'));
}
