import { execFileSync } from 'node:child_process';

/** True while the process runs; one that has ended and only waits to be noticed (a zombie) does not. */
export function isAlive(pid: number): boolean {
  return listProcesses().some((entry) => entry.pid === pid);
}

/** The running processes whose command line has the text in it: a stack's folder names all but PostgREST. */
export function processesWith(text: string): number[] {
  return listProcesses()
    .filter(({ args }) => args.includes(text))
    .map(({ pid }) => pid);
}

function listProcesses(): { pid: number; args: string }[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const match = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line);
    return match && !match[2]?.startsWith('Z') ? [{ pid: Number(match[1]), args: match[3] ?? '' }] : [];
  });
}
