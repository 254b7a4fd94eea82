import { connect, createServer, type Socket } from 'node:net';
import { StackError, describe } from './errors';

export interface Balancer {
  close(): Promise<void>;
}

/**
 * One address before several servers: each connection to `port` goes to the next of `targets` (ports of this machine) that takes it. A
 * connection lives and dies with its server; whoever opens another one is led to those that are left.
 */
export async function startBalancer(port: number, targets: readonly number[]): Promise<Balancer> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer({ pauseOnConnect: true }, (client) => {
    turn += 1;
    const inOrder = targets.map((_, at) => targets[(turn + at) % targets.length] as number);
    void serve(client, inOrder, open);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new StackError(`The port ${port} cannot be opened: ${describe(error)}`)),
    );
    server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
  });
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      open.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}

async function serve(client: Socket, targets: readonly number[], open: Set<Socket>): Promise<void> {
  keep(client, open);
  for (const target of targets) {
    const upstream = await connected(target);
    if (upstream === null) continue;
    keep(upstream, open);
    // Either end may go at any moment: the other is told by its end too.
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
    if (client.destroyed) upstream.destroy();
    client.pipe(upstream).pipe(client);
    return;
  }
  client.destroy();
}

function keep(socket: Socket, open: Set<Socket>): void {
  open.add(socket);
  socket.setNoDelay(true);
  socket.on('error', () => undefined); // `close` follows, and is what counts
  socket.once('close', () => open.delete(socket));
}

/** Null: nobody takes connections there. */
function connected(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}
