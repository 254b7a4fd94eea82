import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import express from 'express';
import { submittedConfigurationSchema } from '../../../domain/configuration';
import { jsonBody } from '../../../api/http/body';
import { takePasswords } from '../../../api/passwords';

const SECRET = 'Hunter2-is-not-shown';

test('wherever a password stands, a placeholder takes its place and leads to it', () => {
  const body = {
    configurations: {
      a: { account: { password: SECRET, email: 'a@b.example' }, list: [{ userPassword: SECRET }] },
    },
  };
  const taken = takePasswords(body);
  expect(JSON.stringify(taken.body)).not.toContain(SECRET);
  expect(taken.body).toMatchObject({ configurations: { a: { account: { email: 'a@b.example' } } } });
  expect([...taken.passwords.values()].map((password) => password.reveal())).toEqual([SECRET, SECRET]);
  expect(body.configurations.a.account.password).toBe(SECRET);
});

test('a password in memory does not show itself', () => {
  const [password] = takePasswords({ password: SECRET }).passwords.values();
  const shown = [
    String(password),
    JSON.stringify({ password }),
    inspect(password, { showHidden: true }),
    `${password}`,
  ];
  for (const text of shown) expect(text).not.toContain(SECRET);
});

test('the schema refuses what it would refuse, without the value', () => {
  const check = (password: unknown) => {
    const { body, passwords } = takePasswords({ account: { password } });
    return { result: submittedConfigurationSchema.safeParse(body), count: passwords.size };
  };
  expect(check(SECRET)).toMatchObject({ result: { success: true }, count: 1 });
  for (const bad of ['', SECRET.repeat(20), 12_345, { nested: SECRET }, [SECRET]]) {
    const { result, count } = check(bad);
    expect({ success: result.success, count }).toEqual({ success: false, count: 0 });
    expect(JSON.stringify(result.error)).not.toContain(SECRET);
  }
});

test('no handler finds a password in a body', async () => {
  const app = express()
    .use(jsonBody())
    .post(
      '/',
      (req, res) =>
        void res.json({
          body: req.body as unknown,
          taken: (res.locals['passwords'] as Map<string, unknown>).size,
        }),
    );
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ deep: [{ account: { password: SECRET } }] }),
  });
  const text = await response.text();
  server.close();
  server.closeAllConnections();
  expect(text).not.toContain(SECRET);
  expect(JSON.parse(text)).toMatchObject({ taken: 1 });
});
