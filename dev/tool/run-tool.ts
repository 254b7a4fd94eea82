/** What the tools that are part of the image do around their work. */
import type { Environment } from '../../domain/settings';

/** What a tool reads and where it writes: a line of its answer, and a line about how far it is. */
export interface ToolIo {
  env: Environment;
  print(line: string): void;
  note(line: string): void;
}

/** Runs a tool to its exit code, which its `--help` tells. One that throws says why, and ends with 1. */
export function runTool(tool: (args: string[], io: ToolIo) => Promise<number>): void {
  const io: ToolIo = {
    env: process.env,
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
  };
  tool(process.argv.slice(2), io).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      io.note(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    },
  );
}
