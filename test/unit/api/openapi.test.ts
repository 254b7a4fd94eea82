import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { createApp } from '../../../api/app';
import type { AppDeps } from '../../../api/deps';
import { readApiSettings } from '../../../api/settings';
import { validEnvironment } from './environment';

/** Only what is needed without any outside part; a route that asked the record would fail. */
const deps = {
  settings: readApiSettings(validEnvironment),
  log: pino({ level: 'silent' }),
  record: {},
  workflows: {},
} as unknown as AppDeps;

test('the document describes bodies and answers in detail, and passwords as input alone', async () => {
  const server = createServer(createApp(deps)).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/openapi.json`);
    const document = (await response.json()) as {
      paths: Record<string, Record<string, { responses: object }>>;
    };
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations.length).toBeGreaterThan(15);
    for (const operation of operations)
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401']));
    const complete = document.paths['/api/registration-batches/{id}/steps/5/complete']?.['post'];
    expect(JSON.stringify(complete)).toContain('registerNewUser');
    expect(JSON.stringify(operations.map(({ responses }) => responses))).not.toMatch(
      /"(password|userPassword)"/,
    );
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
