import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { builtFile } from '../../../dev/stack/paths';
import { isAlive, processesWith } from '../../helpers/processes';
import { eventually, makeStackFolder } from '../../helpers/stack';

// The stack's parent as a process of its own, so that it can be killed. It prints a line per event, last the pids.
const PARENT = `
  const { startStack } = require(process.argv[1]);
  const apps = { simulator: false, worker: false, api: false };
  startStack({ dir: process.argv[2], apps, syncToDisk: false, log: (line) => console.log(line) }).then((stack) =>
    console.log('pids ' + [...stack.services.values()].map(({ pid }) => pid).join(' ')));
`;

describe('when the process that started the stack is killed with SIGKILL', () => {
  const folders: string[] = [];
  const parents: ChildProcess[] = [];

  function startParent(): { dir: string; parent: ChildProcess; lines: Interface } {
    const entry = builtFile('dev/stack/index.js');
    if (!existsSync(entry)) throw new Error(`${entry} is missing: npm run build`);
    const dir = makeStackFolder();
    folders.push(dir);
    const parent = spawn(process.execPath, ['-e', PARENT, entry, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    parents.push(parent);
    return { dir, parent, lines: createInterface({ input: parent.stdout as NodeJS.ReadableStream }) };
  }

  /** The first line that matches; throws when the parent ends before. */
  async function lineOf(lines: Interface, pattern: RegExp): Promise<string> {
    for await (const line of lines) if (pattern.test(line)) return line;
    throw new Error(`The parent ended without a line like ${pattern}`);
  }

  async function killHard(parent: ChildProcess): Promise<void> {
    const ended = once(parent, 'exit');
    parent.kill('SIGKILL');
    await ended;
  }

  afterEach(() => {
    for (const parent of parents.splice(0)) parent.kill('SIGKILL');
    for (const dir of folders.splice(0)) {
      for (const pid of processesWith(dir)) process.kill(pid, 'SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('ends every service', async () => {
    const { dir, parent, lines } = startParent();
    const pids = (await lineOf(lines, /^pids /)).split(' ').slice(1).map(Number);
    expect(pids).toHaveLength(3);
    expect(pids.every(isAlive)).toBe(true);
    await killHard(parent);
    await eventually(() => !pids.some(isAlive) && processesWith(dir).length === 0);
    expect(pids.filter(isAlive)).toEqual([]);
  }, 90_000);

  it('ends what it had started when it is killed in the middle of the start', async () => {
    const { dir, parent, lines } = startParent();
    await lineOf(lines, /is up$/);
    expect(processesWith(dir).length).toBeGreaterThan(0);
    await killHard(parent);
    await eventually(() => processesWith(dir).length === 0);
    expect(processesWith(dir)).toEqual([]);
  }, 90_000);
});
