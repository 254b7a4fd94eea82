import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { startStack } from '../../../dev/stack';
import { freePort } from '../../../dev/stack/ports';
import { DEMO_ORGANISATION, DEMO_USERS } from '../../../dev/stack/seed';
import { isAlive } from '../../helpers/processes';
import { eventually, makeStackFolder, startTestStack, supabaseOf, type TestStack } from '../../helpers/stack';

const NO_APPS = { simulator: false, worker: false, api: false };

describe('the embedded stack', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack({ apps: NO_APPS });
  }, 90_000);
  afterAll(async () => {
    await stack.stopAll();
  }, 60_000);

  const organisationNames = async (): Promise<string[] | null> => {
    const { data } = await stack.supabase.from('organisations').select('name').eq('id', DEMO_ORGANISATION.id);
    return data ? data.map(({ name }) => String(name)) : null;
  };

  it('serves the seeded rows to supabase-js with the service key', async () => {
    const { data, error } = await stack.supabase.from('profiles').select('id, role').order('id');
    expect(error).toBeNull();
    expect(data).toEqual(
      (['admin', 'user', 'super_admin'] as const).map((role) => ({ id: DEMO_USERS[role].id, role })),
    );
  });

  it('shows a user their own organisation, and nobody without a token anything', async () => {
    const asUser = supabaseOf(stack.env, await stack.token('user'));
    expect((await asUser.from('registration_batch_jobs').select('id')).error).toBeNull();
    const asNobody = supabaseOf(stack.env, stack.env['SUPABASE_ANON_KEY']);
    const { data } = await asNobody.from('profiles').select('id');
    expect(data ?? []).toEqual([]);
    const forged = supabaseOf(stack.env, `${await stack.token('user')}x`);
    expect((await forged.from('profiles').select('id')).status).toBe(401);
  });

  it('answers 404 outside /rest/v1', async () => {
    const base = stack.env['SUPABASE_URL'];
    expect((await fetch(`${base}/auth/v1/user`)).status).toBe(404);
    expect((await fetch(`${base}/rest/v10/profiles`)).status).toBe(404);
  });

  it('answers 503 while PostgREST is away, and works again once it is back', async () => {
    await stack.service('postgrest').kill();
    // By plain fetch: supabase-js tries again for seconds before it tells.
    const headers = { authorization: `Bearer ${stack.env['SUPABASE_SERVICE_ROLE_KEY']}` };
    const answer = await fetch(`${stack.env['SUPABASE_URL']}/rest/v1/organisations`, { headers });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    await stack.service('postgrest').restart();
    expect(await organisationNames()).toEqual([DEMO_ORGANISATION.name]);
  });

  it.each(['restart', 'kill'] as const)(
    'keeps the rows over a %s of PostgreSQL',
    async (how) => {
      const name = `Written before the ${how}`;
      const written = await stack.supabase.from('organisations').insert({ name }).select('id').single();
      expect(written.error).toBeNull();
      const postgres = stack.service('postgres');
      const before = postgres.pid;
      if (how === 'kill') await postgres.kill();
      await postgres.restart();
      expect(postgres.pid).not.toBe(before);
      // PostgREST finds the new server by itself, a moment later.
      await eventually(async () => {
        const { data } = await stack.supabase.from('organisations').select('name').eq('id', written.data?.id);
        return data?.[0]?.name === name;
      }, 40_000);
    },
    90_000,
  );

  it('keeps workflows over a restart of the Temporal server', async () => {
    const connect = () => Connection.connect({ address: stack.env['TEMPORAL_ADDRESS'] as string });
    let connection = await connect();
    const options = {
      taskQueue: 'nobody-listens',
      workflowId: 'kept/1',
      searchAttributes: { BatchId: ['batch-1'] },
    };
    await new Client({ connection }).workflow.start('waiting', options);
    await connection.close();
    await stack.service('temporal').restart();
    connection = await connect();
    const description = await new Client({ connection }).workflow.getHandle('kept/1').describe();
    expect(description.status.name).toBe('RUNNING');
    expect(description.searchAttributes['BatchId']).toEqual(['batch-1']);
    await connection.close();
  }, 90_000);

  it('scales the limits with the speed', async () => {
    expect(stack.env).toMatchObject({
      TIME_SCALE: '1',
      ACCOUNT_MIN_INTERVAL_MS: '60000',
      NZBN_RATE_PER_SECOND: '1',
    });
  });
});

describe('startStack', () => {
  it('names every busy port and its setting, and starts nothing', async () => {
    const dir = makeStackFolder();
    const holder = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
    try {
      const start = startStack({ dir, apps: NO_APPS, ports: { temporal: port } });
      await expect(start).rejects.toThrow(new RegExp(`port ${port} .*Temporal server.*TEMPORAL_PORT`));
    } finally {
      await new Promise((resolve) => holder.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('ends what already runs when a later part fails', async () => {
    const lines: string[] = [];
    const databaseUrl = 'postgres://nobody@127.0.0.1:1/none';
    const start = startTestStack({ apps: NO_APPS, databaseUrl, log: (line) => lines.push(line) });
    await expect(start).rejects.toThrow(/DATABASE_URL/);
    // startStack waits for Temporal's start before it gives up, so it was up and is down again.
    expect(lines).toContain('Temporal server is up');
  }, 90_000);

  it('leaves no process behind after stopAll', async () => {
    const stack = await startTestStack({ apps: NO_APPS });
    const pids = [...stack.services.values()].map(({ pid }) => pid as number);
    expect(pids).toHaveLength(3);
    expect(pids.every(isAlive)).toBe(true);
    await stack.stopAll();
    expect(pids.filter(isAlive)).toEqual([]);
  }, 90_000);
});
