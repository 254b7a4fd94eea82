/** Runs the engine's floor on the server of a stack. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { cpuSeconds } from '../compare/usage';
import { signalTimes } from '../signal-times';
import { answered, times, type floorBatch, type floorReaction } from './workflows';
import { FLOOR_QUEUE } from './worker';

/** So that nothing of the one before is left when the next is asked. */
const BETWEEN_MS = 50;

export interface FloorRun {
  perSecond: number;
  eventsEach: number;
  /** Of the worker and the server. */
  cpuMsEach: number;
}

export class Floor {
  private constructor(
    private readonly worker: ChildProcess,
    private readonly client: Client,
    private readonly serverPid: number | null,
  ) {}

  /** @param serverPid whose CPU time counts as the engine's */
  static async start(address: string, serverPid: number | null): Promise<Floor> {
    const worker = spawn(process.execPath, [path.join(__dirname, 'worker.js')], {
      env: { ...process.env, TEMPORAL_ADDRESS: address },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(worker, 'exit').then(() => {
      throw new Error('The worker of the floor ended');
    });
    await Promise.race([once(worker.stdout, 'data'), ended]);
    ended.catch(() => undefined);
    return new Floor(worker, new Client({ connection: await Connection.connect({ address }) }), serverPid);
  }

  async end(): Promise<void> {
    await this.client.connection.close();
    if (this.worker.exitCode !== null) return;
    const exit = once(this.worker, 'exit');
    this.worker.kill('SIGTERM');
    await exit;
  }

  async run(size: number): Promise<FloorRun> {
    const id = `floor-${randomUUID()}`;
    const before = this.cpu();
    const from = performance.now();
    await this.client.workflow.execute<typeof floorBatch>('floorBatch', {
      workflowId: id,
      taskQueue: FLOOR_QUEUE,
      args: [{ id, size }],
    });
    const seconds = (performance.now() - from) / 1_000;
    const { historyLength } = await this.client.workflow.getHandle(`${id}/0`).describe();
    const cpuMsEach = ((this.cpu() - before) * 1_000) / size;
    return { perSecond: size / seconds, eventsEach: historyLength, cpuMsEach };
  }

  /** From the server having a signal to its activity, milliseconds each, one after the other. */
  async reactions(count: number): Promise<number[]> {
    const handle = await this.client.workflow.start<typeof floorReaction>('floorReaction', {
      workflowId: `floor-${randomUUID()}`,
      taskQueue: FLOOR_QUEUE,
      args: [count],
    });
    for (let n = 1; n <= count; n += 1) {
      await handle.signal(answered);
      while ((await handle.query(times)).length < n) await sleep(BETWEEN_MS);
      await sleep(BETWEEN_MS);
    }
    const seen = await handle.query(times);
    return (await signalTimes(handle)).map((at, n) => (seen[n] ?? NaN) - at);
  }

  private cpu(): number {
    return (cpuSeconds(this.worker.pid ?? null) ?? NaN) + (cpuSeconds(this.serverPid) ?? NaN);
  }
}
