import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { builtFile } from '../../../dev/stack/paths';
import { freePort, freePorts, PORT_NAMES, PORT_SETTINGS } from '../../../dev/stack/ports';
import { processesWith } from '../../helpers/processes';
import { eventually, makeStackFolder } from '../../helpers/stack';

interface Run {
  child: ChildProcess;
  output: () => string;
  errors: () => string;
  /** The exit code, once it has ended. */
  ended: Promise<number | null>;
}

describe('the commands of temporal-dev.sh', () => {
  let dir: string;
  let env: Record<string, string>;
  const runs: Run[] = [];

  beforeEach(async () => {
    if (!existsSync(builtFile('dev/main.js'))) throw new Error('dist is missing: npm run build');
    dir = makeStackFolder();
    const ports = await freePorts();
    env = Object.fromEntries(PORT_NAMES.map((name) => [PORT_SETTINGS[name].setting, String(ports[name])]));
  });

  afterEach(async () => {
    for (const { child, ended } of runs.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
    await eventually(() => processesWith(dir).length === 0);
    rmSync(dir, { recursive: true, force: true });
  });

  function run(args: string[], extra: Record<string, string> = {}): Run {
    const child = spawn(process.execPath, [builtFile('dev/main.js'), ...args], {
      env: { ...process.env, ...env, STACK_DATA_DIR: path.join(dir, 'data'), DATABASE_URL: '', ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    const started: Run = { child, output: () => output, errors: () => errors, ended };
    runs.push(started);
    return started;
  }

  /** It ends with 1 and says why in one line on standard error. */
  async function expectOneLine(started: Run, pattern: RegExp): Promise<void> {
    expect(await started.ended).toBe(1);
    expect(started.errors().trim().split('\n')).toHaveLength(1);
    expect(started.errors()).toMatch(pattern);
  }

  const isReady = (started: Run) => (): boolean => {
    if (started.child.exitCode !== null) throw new Error(`It ended: ${started.output()}${started.errors()}`);
    return /^ready$/m.test(started.output());
  };

  it('says in one line which port is busy and how to move it', async () => {
    const holder = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
    try {
      const started = run([], { TEMPORAL_UI_PORT: String(port) });
      await expectOneLine(started, new RegExp(`${port}.*Temporal Web UI.*TEMPORAL_UI_PORT`));
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });

  it('says in one line that the data folder cannot be used', async () => {
    writeFileSync(path.join(dir, 'data'), 'a file, no folder');
    await expectOneLine(run([]), /data.*cannot be/);
  });

  it('says in one line that a flag is wrong', async () => {
    await expectOneLine(run(['demo', '--speed', 'fast']), /--speed/);
  });

  it('gives no token before there are secrets', async () => {
    await expectOneLine(run(['token']), /temporal-dev\.sh/);
  });

  it('refuses secrets that were damaged', async () => {
    mkdirSync(path.join(dir, 'data'));
    writeFileSync(path.join(dir, 'data', 'secrets.json'), '{"jwtSecret": ');
    await expectOneLine(run(['token']), /secrets\.json.*--fresh/);
  });

  it('starts everything, holds its data folder, and ends all of it on Ctrl-C', async () => {
    const up = run([]);
    await eventually(isReady(up), 80_000);
    // PostgREST is spoken to at the Supabase address, and the worker by probes alone: their own ports are not shown.
    const shown = PORT_NAMES.filter((name) => name !== 'postgrest' && name !== 'worker');
    for (const name of shown) expect(up.output()).toContain(`:${env[PORT_SETTINGS[name].setting]}`);
    await expectOneLine(run([]), /runs already/);
    await expectOneLine(run(['--fresh']), /--fresh.*runs on these data/);
    const token = run(['token', '--role', 'user']);
    expect(await token.ended).toBe(0);
    const headers = { authorization: `Bearer ${token.output().trim()}` };
    const answer = await fetch(`http://127.0.0.1:${env['SUPABASE_PORT']}/rest/v1/registration_batch_jobs`, {
      headers,
    });
    expect(answer.status).toBe(200);
    up.child.kill('SIGINT');
    expect(await up.ended).toBe(0);
    expect(processesWith(dir)).toEqual([]);
  }, 120_000);

  it('ends what it had started when Ctrl-C comes in the middle of the start', async () => {
    const up = run([]);
    await eventually(() => / is up$/m.test(up.output()), 60_000);
    up.child.kill('SIGINT');
    expect(await up.ended).toBe(130);
    expect(processesWith(dir)).toEqual([]);
  }, 90_000);
});
