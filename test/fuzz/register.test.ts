import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { createNzbnClient } from '../../activities/companies-office/nzbn-client';
import { RegisterError } from '../../activities/companies-office/register';
import { isPlainText } from '../../domain/plain-text';
import { FREE_TURNS } from '../helpers/turns';
import { scriptedServer, type ScriptedServer } from '../unit/account-setup/scripted-server';
import { FOREIGN, holds, textsIn, wireAnswers } from './fuzz';

const NZBN = '9429099900007';
const KEY = 'register-key-of-this-test';
const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(__dirname, '..', 'fixtures', name), 'utf8')) as Record<string, unknown>;
const SEARCH = fixture('nzbn-search.json');
const ENTITY = fixture('nzbn-entity.json');
const ERROR = { message: FOREIGN, errorDescription: `${FOREIGN} quota ${KEY}` };

let server: ScriptedServer;
/** A machine that a document may name, and that nobody may ask for it. */
let elsewhere: ScriptedServer;
beforeAll(async () => {
  server = await scriptedServer();
  elsewhere = await scriptedServer();
});
afterAll(async () => {
  await server.close();
  await elsewhere.close();
});

const client = () =>
  createNzbnClient({
    baseUrl: server.url,
    apiKey: KEY,
    timeoutMs: 5_000,
    pace: { concurrency: 3, turns: FREE_TURNS },
  });

/** What a call came to; any error but its own kind is a crash. */
async function outcomeOf<T>(call: Promise<T>): Promise<{ value: T } | { error: RegisterError }> {
  try {
    return { value: await call };
  } catch (error) {
    if (!(error instanceof RegisterError)) throw error;
    const told = [
      error.message,
      error.type,
      error.detail ?? '',
      error.stack ?? '',
      JSON.stringify(error),
    ].join();
    for (const leak of [FOREIGN, KEY]) expect(told).not.toContain(leak);
    const { retryAfterMs = 0 } = error;
    expect(retryAfterMs >= 0 && retryAfterMs <= 86_400_000).toBe(true);
    return { error };
  }
}

function parsed(raw: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(raw).toString('utf8'));
  } catch {
    return undefined;
  }
}

test('a search answers companies, an honest nothing, or why it could not', () =>
  holds(
    fc.asyncProperty(wireAnswers([SEARCH, SEARCH, ERROR], elsewhere.url), async (answer) => {
      server.answer(() => answer);
      const outcome = await outcomeOf(client().searchByName('Kowhai'));
      if (!('value' in outcome)) return;
      expect(answer.status).toBe(200);
      const body = parsed(answer.raw) as { items: unknown[]; totalItems?: number; totalResults?: number };
      expect(outcome.value.length).toBe(new Set(outcome.value.map(({ nzbn }) => nzbn)).size);
      if (outcome.value.length === 0) {
        expect(body.items).toEqual([]);
        expect(body.totalItems ?? body.totalResults ?? 0).toBe(0);
      }
      for (const { nzbn } of outcome.value) expect(nzbn).toMatch(/^\d{13}$/);
      expect(textsIn(outcome.value).every((text) => isPlainText(text) && text.length <= 1_000)).toBe(true);
      expect(elsewhere.requests).toEqual([]);
    }),
    3,
  ));

test('an entity is the one that was asked for, certainly absent, or not known', () =>
  holds(
    fc.asyncProperty(wireAnswers([ENTITY, ENTITY, ERROR], elsewhere.url), async (answer) => {
      server.answer(() => answer);
      const outcome = await outcomeOf(client().fetchEntity(NZBN));
      if (!('value' in outcome)) return;
      if (outcome.value === null) {
        expect(answer.status).toBe(404);
        return;
      }
      expect(String((parsed(answer.raw) as { nzbn: unknown }).nzbn).replace(/\s/g, '')).toBe(NZBN);
      expect(textsIn(outcome.value).every(isPlainText)).toBe(true);
      expect(elsewhere.requests).toEqual([]);
    }),
    3,
  ));

test('a register that counts some and shows none is no "no match"', async () => {
  server.answer(() => ({ json: { items: [], totalItems: 5 } }));
  expect(await outcomeOf(client().searchByName('Kowhai'))).toMatchObject({
    error: { type: 'RegisterContractError' },
  });
});
