import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync } from 'node:fs';

const KEPT_LOGS = 5;

/** `worker.log` becomes `worker.log.1`, that one `worker.log.2` ...: each start of a process has a log of its own. */
export function rotateLog(file: string): void {
  for (let age = KEPT_LOGS - 1; age >= 0; age -= 1) {
    const from = age === 0 ? file : `${file}.${age}`;
    if (existsSync(from)) renameSync(from, `${file}.${age + 1}`);
  }
}

/** The last lines of a log file, at most `bytes` of them; empty when there is no such file. */
export function logTail(file: string, lines: number, bytes = 16_384): string[] {
  if (!existsSync(file)) return [];
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines);
  } finally {
    closeSync(handle);
  }
}
