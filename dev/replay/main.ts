import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { runTool, type ToolIo } from '../tool/run-tool';
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

runTool(async (args: string[], io: ToolIo): Promise<number> => {
  if (args.length === 0) return replayCommitted();
  // The SDK warns of each history that fails; the report tells it once.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  return replayCommand(args, io);
});
