import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { SettingsError } from '../../domain/settings';
import { replayCommand } from './command';

// What `npm run replay` runs; its exit codes are told by --help.

const ROOT = path.join(__dirname, '..', '..', '..');

function replayCommitted(): number {
  const jest = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const { status } = spawnSync(process.execPath, [jest, 'test/replay/replay.test.ts'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  return status ?? 1;
}

async function main(args: string[]): Promise<number> {
  if (args.length === 0) return replayCommitted();
  // The SDK warns of each history that fails; the report tells it once.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  return replayCommand(args, {
    env: process.env,
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
  });
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof SettingsError ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
