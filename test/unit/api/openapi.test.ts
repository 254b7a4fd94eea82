import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { createApp } from '../../../api/app';
import type { AppDeps } from '../../../api/deps';
import { readApiSettings } from '../../../domain/settings';
import { validEnvironment } from './environment';

/** Only what is needed without any outside part; a route that asked the record would fail. */
const deps = {
  settings: readApiSettings(validEnvironment),
  log: pino({ level: 'silent' }),
  record: {},
  workflows: {},
} as unknown as AppDeps;

const REVEAL = '/api/registration-batches/jobs/{jobId}/credentials/reveal';

test('the document describes bodies and answers in detail, who may ask, and passwords as input alone, but for the route that reveals them', async () => {
  const server = createServer(createApp(deps)).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/openapi.json`);
    const document = (await response.json()) as {
      paths: Record<string, Record<string, { responses: object; 'x-access'?: string }>>;
    };
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations.length).toBeGreaterThan(15);
    for (const operation of operations)
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401']));
    const complete = document.paths['/api/registration-batches/{id}/steps/5/complete']?.['post'];
    expect(JSON.stringify(complete)).toContain('registerNewUser');
    const showing = Object.entries(document.paths).filter(([, path]) =>
      /"(password|userPassword)"/.test(JSON.stringify(Object.values(path).map(({ responses }) => responses))),
    );
    expect(showing.map(([path]) => path)).toEqual([REVEAL]);
    expect(document.paths[REVEAL]?.['post']).toMatchObject({ 'x-access': 'reveal' });
    expect(JSON.stringify(document.paths[REVEAL])).not.toContain('"example');
    // The webhook alone is let in by its signature.
    const open = Object.entries(document.paths).filter(([, path]) =>
      Object.values(path).some((operation) => operation['x-access'] === undefined),
    );
    expect(open.map(([path]) => path)).toEqual(['/api/webhooks/extractions']);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
