/** A candidate that runs: its server, its worker's process, and the client that reaches it. */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Service, Stack } from '../../dev/stack';
import type { Guard } from '../../dev/stack/guard';
import { logTail } from '../../dev/stack/logs';
import { builtFile, PROJECT_ROOT } from '../../dev/stack/paths';
import { ManagedProcess } from '../../dev/stack/process';
import type { Candidate, CandidateClient, Deployment } from './candidate';
import type { World } from './world';

type Server = Pick<Service, 'pid' | 'start' | 'stop'>;

export class Deployed {
  private constructor(
    readonly client: CandidateClient,
    private readonly stack: Stack,
    private readonly server: Server | null,
    private readonly worker: ManagedProcess,
  ) {}

  static async start(candidate: Candidate, world: World, guard: Guard): Promise<Deployed> {
    const { stack, target } = world;
    const dir = path.join(stack.dir, 'candidate');
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir);
    const deployment = await candidate.deploy({ stack, target, dir });
    const server = serverOf(deployment, stack, guard);
    await server?.start();
    const worker = workerOf(candidate, deployment, world, guard);
    try {
      await worker.start();
      return new Deployed(await deployment.connect(), stack, server, worker);
    } catch (error) {
      await worker.stop();
      await server?.stop();
      throw error;
    }
  }

  get workerPid(): number | null {
    return this.worker.pid;
  }

  get serverPid(): number | null {
    return this.server?.pid ?? null;
  }

  get databasePids(): (number | null)[] {
    return [this.stack.service('postgres').pid, this.stack.service('postgrest').pid];
  }

  /** SIGKILL, as by a crash. */
  killWorker(): Promise<void> {
    return this.worker.kill();
  }

  /** As a supervisor would, at once. Resolves when it works. */
  startWorker(): Promise<void> {
    return this.worker.start();
  }

  /** The last lines that the worker wrote, for reports of trouble. */
  lastWords(): string[] {
    return logTail(this.worker.logFile, 5);
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.worker.stop();
    await this.server?.stop();
  }
}

function serverOf({ server }: Deployment, stack: Stack, guard: Guard): Server | null {
  if (server === null) return null;
  return server === 'temporal' ? stack.service('temporal') : new ManagedProcess(server, guard, reportEnd);
}

function workerOf(
  { name }: Candidate,
  { worker }: Deployment,
  { stack, target }: World,
  guard: Guard,
): ManagedProcess {
  const logFile = path.join(stack.dir, 'logs', `${name}-worker.log`);
  const { SUPABASE_URL = '', SUPABASE_SERVICE_ROLE_KEY = '' } = stack.env;
  const spec = {
    name: `Worker of ${name}`,
    command: process.execPath,
    args: ['--enable-source-maps', builtFile(`bench/compare/${worker.entry}.js`)],
    env: { ...process.env, SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY, TARGET_URL: target.url, ...worker.env },
    cwd: PROJECT_ROOT,
    logFile,
    isReady: () => Promise.resolve(logTail(logFile, 50).includes('worker ready')),
    readyTimeoutMs: 120_000,
    stopSignal: 'SIGTERM' as const,
    graceMs: 3_000,
  };
  return new ManagedProcess(spec, guard, reportEnd);
}

function reportEnd({ name, logFile }: ManagedProcess, how: string): void {
  process.stderr.write(`${name} ended by itself (${how}); its log: ${logFile}\n`);
}
