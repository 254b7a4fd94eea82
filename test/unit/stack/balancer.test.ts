import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { startBalancer, type Balancer } from '../../../dev/stack/balancer';
import { freePort } from '../../../dev/stack/ports';

/** Says its name to whoever connects, and then what it is told. */
async function speaker(name: string): Promise<{ server: Server; port: number; open: Set<Socket> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined); // the balancer may hang up
    socket.once('close', () => open.delete(socket));
    socket.write(name);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port, open };
}

interface Line {
  socket: Socket;
  /** The next bytes that come; null: the other end hung up. */
  next(): Promise<string | null>;
}

function dial(port: number): Line {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined); // `close` follows
  const next = (): Promise<string | null> =>
    new Promise((resolve) => {
      if (socket.closed) return resolve(null);
      socket.once('data', (chunk: Buffer) => resolve(chunk.toString()));
      socket.once('close', () => resolve(null));
    });
  return { socket, next };
}

let servers: Awaited<ReturnType<typeof speaker>>[];
let balancer: Balancer;
let port: number;
beforeEach(async () => {
  servers = [await speaker('a'), await speaker('b')];
  port = await freePort();
  balancer = await startBalancer(
    port,
    servers.map((one) => one.port),
  );
});
afterEach(async () => {
  await balancer.close();
  for (const { server, open } of servers) {
    open.forEach((socket) => socket.destroy());
    server.close();
  }
});

/** As a process that is killed does: its connections are reset, not ended. */
const fall = ({ server, open }: (typeof servers)[number]): void => {
  server.close();
  open.forEach((socket) => socket.resetAndDestroy());
};

test('connections are shared among the servers, and carry bytes both ways', async () => {
  const lines = [dial(port), dial(port)];
  expect((await Promise.all(lines.map((line) => line.next()))).sort()).toEqual(['a', 'b']);
  const answer = lines[0]?.next();
  lines[0]?.socket.write('hello');
  expect(await answer).toBe('hello');
  lines.forEach(({ socket }) => socket.destroy());
});

test('a server that falls takes its own connections along, and whoever comes then is led to the other', async () => {
  const lines = [dial(port), dial(port)];
  const names = await Promise.all(lines.map((line) => line.next()));
  const lost = lines[names.indexOf('a')];
  const ends = lost?.next();
  fall(servers[0] as (typeof servers)[number]);
  expect(await ends).toBeNull();
  for (const again of [dial(port), dial(port), dial(port)]) {
    expect(await again.next()).toBe('b');
    again.socket.destroy();
  }
  lines.forEach(({ socket }) => socket.destroy());
});

test('with no server left it hangs up, and closing it hangs up on all', async () => {
  const line = dial(port);
  await line.next();
  const ends = line.next();
  await balancer.close();
  expect(await ends).toBeNull();
  servers.forEach(fall);
  const other = await freePort();
  const empty = await startBalancer(
    other,
    servers.map((one) => one.port),
  );
  expect(await dial(other).next()).toBeNull();
  await empty.close();
});
