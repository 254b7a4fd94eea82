/** What processes cost, as the kernel counts it (Linux alone: elsewhere the figures are left out). */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const IS_MEASURED = existsSync('/proc/self/stat');
const TICKS_PER_SECOND = IS_MEASURED
  ? Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  : 100;

/** A process that has ended meanwhile has no file any more. */
function readProcess(pid: number, file: 'stat' | 'status' | 'smaps_rollup'): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return null;
    throw error;
  }
}

/** The fields after the name, which is in brackets and may hold anything: state, parent, ... */
function statFields(pid: number): string[] | null {
  const stat = readProcess(pid, 'stat');
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** CPU seconds of a process and of all that it started, those that have ended and were waited for included; null where not measured. */
export function cpuSeconds(pid: number | null): number | null {
  if (!IS_MEASURED) return null;
  if (pid === null) return 0;
  return familyOf(pid).reduce((sum, member) => sum + ticksOf(member), 0) / TICKS_PER_SECOND;
}

/** utime, stime, cutime and cstime, fields 14 to 17 of proc_pid_stat(5). */
function ticksOf(pid: number): number {
  const fields = statFields(pid) ?? [];
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

function familyOf(root: number): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), Number(statFields(Number(name))?.[1])] as const),
  );
  const family = [root];
  for (let at = 0; at < family.length; at += 1)
    for (const [pid, parent] of parents) if (parent === family[at]) family.push(pid);
  return family;
}

/** Memory that a process and all that it started hold now, what they share counted once, MiB; null where not measured. */
export function memoryMb(pid: number | null): number | null {
  if (!IS_MEASURED || pid === null) return null;
  const shares = familyOf(pid).map((member) =>
    /^Pss:\s+(\d+) kB$/m.exec(readProcess(member, 'smaps_rollup') ?? ''),
  );
  return shares.reduce((sum, share) => sum + Number(share?.[1] ?? 0), 0) / 1024;
}

/** The most memory that a process has held so far, MiB; null where not measured or without such a process. */
export function peakMemoryMb(pid: number | null): number | null {
  if (!IS_MEASURED || pid === null) return null;
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readProcess(pid, 'status') ?? '');
  return peak ? Number(peak[1]) / 1024 : null;
}
