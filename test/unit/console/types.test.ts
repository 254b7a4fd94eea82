import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { packageFile } from '../../../dev/stack/paths';
import { startEdgeApp } from '../api/edge-app';

const FILE = path.resolve(__dirname, '../../../api/console/src/api/schema.d.ts');
const GENERATOR = packageFile('openapi-typescript', 'bin', 'cli.js');

/** With CONSOLE_TYPES=write it writes what it otherwise compares with. */
test("the console's types are those of the API's document", async () => {
  const app = await startEdgeApp();
  try {
    const made = await typesOf(await (await app.ask('/openapi.json')).text());
    if (process.env['CONSOLE_TYPES'] === 'write') writeFileSync(FILE, made);
    // Not compared by jest, whose difference of some thousand lines nobody reads.
    if (readFileSync(FILE, 'utf8') !== made) {
      throw new Error(
        'The API has changed: run `npm run console:types` and see what the console makes of it.',
      );
    }
  } finally {
    await app.stop();
  }
}, 60_000);

/** By its command line: the package needs ES modules, which jest does not load here. */
async function typesOf(document: string): Promise<string> {
  const child = spawn(process.execPath, [GENERATOR], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(document);
  const [types, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (!types.includes('export interface paths')) throw new Error(complaint);
  return types;
}
