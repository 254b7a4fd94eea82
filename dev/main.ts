import { existsSync } from 'node:fs';
import path from 'node:path';
import { demoCommand } from './commands/demo';
import { listenForInterrupt, type Interrupt } from './commands/interrupt';
import { helpText, parseCommand, type CommandOptions } from './commands/options';
import { runCommand } from './commands/process';
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

runCommand(main, async () => stack?.stopAll());
