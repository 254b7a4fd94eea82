import { freePort } from '../../../dev/stack/ports';
import type { Candidate } from '../candidate';

export const candidate: Candidate = {
  name: 'in-process',
  label: "Today's design: one process, nothing durable",
  losesAll: true,
  unavailable: () => null,
  async deploy() {
    const port = await freePort();
    return {
      server: null,
      worker: { entry: 'in-process/worker', env: { WORKER_PORT: String(port) } },
      connect: () =>
        Promise.resolve({
          begin: (jobs) => post(port, '/jobs', jobs),
          answer: ({ jobId }, question, configuration) =>
            post(port, '/answers', { key: `${jobId}/${question}`, answer: configuration }),
          close: () => Promise.resolve(),
        }),
    };
  },
};

async function post(port: number, path: string, body: unknown): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`The process answered ${response.status}`);
}
