import { existsSync } from 'node:fs';
import path from 'node:path';
import { demoCommand } from './commands/demo';
import { listenForInterrupt, type Interrupt } from './commands/interrupt';
import { helpText, parseCommand, type CommandOptions } from './commands/options';
import { DATA_DIR, openSession } from './commands/session';
import type { Stack } from './stack';
import { StackError } from './stack/errors';
import { loadSecrets, userToken } from './stack/secrets';

// What temporal-dev.sh runs. Exit codes: 0 done, 1 it did not work (said in one line), 130 interrupted.

let stack: Stack | null = null;
const rememberStack = (started: Stack): void => void (stack = started);

async function main(): Promise<number> {
  const options = parseCommand(process.argv.slice(2), process.env);
  switch (options.command) {
    case 'help':
      process.stdout.write(`${helpText()}\n`);
      return 0;
    case 'token':
      return printToken(options);
    case 'up':
    case 'demo': {
      const interrupt = listenForInterrupt(() => stack?.killAllNow());
      const command = options.command === 'up' ? stayUp : demoCommand;
      try {
        return await command(options, interrupt, rememberStack);
      } catch (error) {
        if (interrupt.signal.aborted) return 130;
        throw error;
      }
    }
  }
}

async function stayUp(
  options: CommandOptions,
  interrupt: Interrupt,
  onStack: (stack: Stack) => void,
): Promise<number> {
  const session = await openSession(options, interrupt.signal, onStack);
  await interrupt.happened;
  process.stdout.write('Ending everything that was started (Ctrl-C again forces it)\n');
  await session.close();
  return 0;
}

async function printToken({ role }: CommandOptions): Promise<number> {
  if (!existsSync(path.join(DATA_DIR, 'secrets.json'))) {
    throw new StackError('There are no secrets yet to sign a token with: start ./temporal-dev.sh once');
  }
  process.stdout.write(`${await userToken(loadSecrets(DATA_DIR).jwtSecret, role)}\n`);
  return 0;
}

// Not process.exit at once on success: output to a pipe may still be on its way. Exits are left to finish by exitCode,
// with a hard end should a stray handle keep the process.
function finish(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(code), 2_000).unref();
}

/** An error that nobody awaited: everything is ended before it is told, by the guard at the latest. */
async function crash(error: unknown): Promise<void> {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  await stack?.stopAll().catch(() => undefined);
  process.exit(1);
}
process.on('uncaughtException', (error) => void crash(error));
process.on('unhandledRejection', (error) => void crash(error));

main().then(finish, (error: unknown) => {
  const text =
    error instanceof StackError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  finish(1);
});
