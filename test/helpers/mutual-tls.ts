/** TLS in front of a server that speaks none, for those alone who have a certificate: what Temporal Cloud and guarded clusters ask for. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';

export interface GuardedAddress {
  /** `host:port` of the server that asks for a certificate. */
  address: string;
  /** Paths of the client's certificate and key, and of the authority's certificate. */
  files: { cert: string; key: string; ca: string };
  /** What the server's certificate calls it. */
  serverName: string;
  /** Connections that had a certificate. */
  accepted(): number;
  close(): Promise<void>;
}

const SERVER_NAME = 'temporal.test';

/** @param target `host:port` of what is guarded */
export async function guardByTls(target: string): Promise<GuardedAddress> {
  const dir = mkdtempSync(path.join(tmpdir(), 'mutual-tls-'));
  const file = (name: string): string => path.join(dir, name);
  makeCertificates(dir);
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<TLSSocket>();
  let accepted = 0;
  const server = createServer(
    {
      cert: readFileSync(file('server.pem')),
      key: readFileSync(file('server.key')),
      ca: readFileSync(file('ca.pem')),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
    },
    (socket) => {
      accepted += 1;
      sockets.add(socket);
      const behind = connect(Number(port), host);
      const end = (): void => {
        sockets.delete(socket);
        socket.destroy();
        behind.destroy();
      };
      for (const one of [socket, behind]) one.on('error', end).on('close', end);
      socket.pipe(behind).pipe(socket);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    files: { cert: file('client.pem'), key: file('client.key'), ca: file('ca.pem') },
    serverName: SERVER_NAME,
    accepted: () => accepted,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** An authority, and a certificate of it for each side; good for a day. */
function makeCertificates(dir: string): void {
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '1',
    '-subj',
    '/CN=test authority',
  );
  for (const side of ['server', 'client']) {
    openssl('req', ...key, '-keyout', `${side}.key`, '-out', `${side}.csr`, '-subj', `/CN=${side}`);
    writeFileSync(path.join(dir, `${side}.ext`), `subjectAltName=DNS:${SERVER_NAME}\n`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1'];
    openssl('x509', '-req', '-in', `${side}.csr`, ...by, '-extfile', `${side}.ext`, '-out', `${side}.pem`);
  }
}
