/** What every command of ours does around its work: tells errors, ends what runs, leaves with the right code. */
import { StackError } from '../stack/errors';

/**
 * Runs a command to its exit code. What a person can put right is told in one line, all else with its stack.
 * @param endAll ends whatever was started; called before the process is left because of an error that nobody awaited
 */
export function runCommand(main: () => Promise<number>, endAll: () => Promise<void>): void {
  const crash = async (error: unknown): Promise<void> => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    // Should that fail too, the guard ends everything once we are gone.
    await endAll().catch(() => undefined);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => void crash(error));
  process.on('unhandledRejection', (error) => void crash(error));
  main().then(finish, (error: unknown) => {
    const text =
      error instanceof StackError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${text}\n`);
    finish(1);
  });
}

// Not process.exit at once: output to a pipe may still be on its way. Exits are left to finish by exitCode, with a hard end
// should a stray handle keep the process.
function finish(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(code), 2_000).unref();
}
