/**
 * Restate: one server with its log on disk, and a workflow whose durable promises a person's answers resolve.
 * https://docs.restate.dev/develop/ts/external-events, https://docs.restate.dev/services/invocation/clients/typescript-sdk
 * The SDK is 1.12: later ones call Promise.withResolvers, which Node.js 20 does not have.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import * as clients from '@restatedev/restate-sdk-clients';
import { freePort } from '../../../dev/stack/ports';
import { answers, type ProcessSpec } from '../../../dev/stack/process';
import type { Candidate, Surroundings } from '../candidate';
import type { Registration } from './restate-worker';

const REGISTRATION: Registration = { name: 'registration' };

export const candidate: Candidate = {
  name: 'restate',
  label: 'Restate 1.7, one server',
  unavailable: () => (serverFile() ? null : `Restate has no server for ${process.platform}-${process.arch}`),
  async deploy(around) {
    const [ingress, admin, node, worker] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    return {
      server: server(around, { ingress, admin, node }),
      worker: { entry: 'peers/restate-worker', env: { WORKER_PORT: String(worker) } },
      async connect() {
        await makeKnown(admin, worker);
        const client = clients.connect({ url: `http://127.0.0.1:${ingress}` });
        return {
          async begin(jobs) {
            await Promise.all(
              jobs.map((job) => client.workflowClient(REGISTRATION, job.jobId).workflowSubmit(job)),
            );
          },
          async answer({ jobId }, question, configuration) {
            await client.workflowClient(REGISTRATION, jobId).answer({ question, configuration });
          },
          close: () => Promise.resolve(),
        };
      },
    };
  },
};

function serverFile(): string | null {
  try {
    const folder = `@restatedev/restate-server-${process.platform}-${process.arch}`;
    return path.join(path.dirname(require.resolve(`${folder}/package.json`)), 'bin', 'restate-server');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

function server({ dir }: Surroundings, ports: Record<'ingress' | 'admin' | 'node', number>): ProcessSpec {
  const data = path.join(dir, 'restate');
  mkdirSync(data, { recursive: true });
  const at = (port: number): string => `127.0.0.1:${port}`;
  return {
    name: 'Restate server',
    command: serverFile() ?? 'restate-server',
    args: ['--no-logo'],
    env: {
      ...process.env,
      DO_NOT_TRACK: '1',
      RESTATE_BASE_DIR: data,
      RESTATE_NODE_NAME: 'compare',
      RESTATE_LOG_FILTER: 'warn',
      RESTATE_BIND_ADDRESS: at(ports.node),
      RESTATE_ADVERTISED_ADDRESS: `http://${at(ports.node)}`,
      RESTATE_INGRESS__BIND_ADDRESS: at(ports.ingress),
      RESTATE_ADMIN__BIND_ADDRESS: at(ports.admin),
    },
    cwd: data,
    logFile: path.join(dir, 'restate.log'),
    isReady: async () =>
      (await answers(`http://${at(ports.admin)}/health`)) &&
      (await answers(`http://${at(ports.ingress)}/restate/health`)),
    readyTimeoutMs: 60_000,
    stopSignal: 'SIGTERM',
    graceMs: 10_000,
  };
}

/** https://docs.restate.dev/services/versioning: a deployment is made known to the server once. */
async function makeKnown(admin: number, worker: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${admin}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri: `http://127.0.0.1:${worker}` }),
  });
  if (!response.ok) throw new Error(`Restate does not take the worker: ${await response.text()}`);
  await response.arrayBuffer();
}
