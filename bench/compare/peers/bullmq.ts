/**
 * BullMQ as its documentation would have it. A person's answer is a job of its own, since a job that waits for weeks would hold a
 * lock; step 6 is one job in steps that waits for its children, a child a sub-step.
 * https://docs.bullmq.io/patterns/process-step-jobs ("Waiting Children"), https://docs.bullmq.io/guide/going-to-production
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Queue } from 'bullmq';
import { freePort } from '../../../dev/stack/ports';
import type { ProcessSpec } from '../../../dev/stack/process';
import type { Candidate, Surroundings } from '../candidate';
import { JOB_OPTIONS, QUEUES, type RegistrationJob } from './bullmq-queues';

export const candidate: Candidate = {
  name: 'bullmq',
  label: 'BullMQ 6 on Redis 7 (append-only file, synced every second)',
  unavailable() {
    const found = spawnSync('redis-server', ['--version']).status === 0;
    return found ? null : 'redis-server is not installed (Debian: apt-get install redis-server)';
  },
  async deploy(around) {
    const port = await freePort();
    return {
      server: redis(around, port),
      worker: { entry: 'peers/bullmq-worker', env: { REDIS_PORT: String(port) } },
      connect() {
        const queue = new Queue<RegistrationJob>(QUEUES.registrations, {
          connection: { host: '127.0.0.1', port },
          defaultJobOptions: JOB_OPTIONS,
        });
        return Promise.resolve({
          async begin(jobs) {
            await queue.addBulk(
              jobs.map((job) => ({ name: 'begin', data: { job }, opts: { jobId: `${job.jobId}-begin` } })),
            );
          },
          async answer(job, question, configuration) {
            await queue.add(question, { job, configuration }, { jobId: `${job.jobId}-${question}` });
          },
          close: () => queue.close(),
        });
      },
    };
  },
};

function redis({ dir }: Surroundings, port: number): ProcessSpec {
  const data = path.join(dir, 'redis');
  mkdirSync(data, { recursive: true });
  const flags = {
    port: String(port),
    bind: '127.0.0.1',
    dir: data,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
  };
  return {
    name: 'Redis',
    command: 'redis-server',
    args: Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    env: process.env,
    cwd: data,
    logFile: path.join(dir, 'redis.log'),
    isReady: () =>
      Promise.resolve(
        spawnSync('redis-cli', ['-p', String(port), 'ping'], { encoding: 'utf8' }).stdout === 'PONG\n',
      ),
    readyTimeoutMs: 20_000,
    stopSignal: 'SIGTERM',
    graceMs: 5_000,
  };
}
