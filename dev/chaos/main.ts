import { listenForInterrupt } from '../commands/interrupt';
import { runCommand } from '../commands/process';
import type { Stack } from '../stack';
import { runChaos } from './index';
import { chaosHelp, parseChaos } from './options';

// What `npm run chaos` runs. Exit codes: 0 every promise held, 1 one did not or it did not work, 130 interrupted.

let stack: Stack | null = null;

async function main(): Promise<number> {
  const { help, ...options } = parseChaos(process.argv.slice(2));
  if (help) {
    process.stdout.write(`${chaosHelp()}\n`);
    return 0;
  }
  const interrupt = listenForInterrupt(() => stack?.killAllNow());
  try {
    const report = await runChaos({
      ...options,
      signal: interrupt.signal,
      onStack: (started) => (stack = started),
    });
    return report.ok ? 0 : 1;
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  }
}

runCommand(main, async () => stack?.stopAll());
