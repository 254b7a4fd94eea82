import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { StackError } from '../stack/errors';
import { findRunningStack } from '../stack/lock';
import { builtFile } from '../stack/paths';
import type { Stack } from '../stack';
import { userToken } from '../stack/secrets';
import type { Interrupt } from './interrupt';
import type { CommandOptions } from './options';
import { DATA_DIR, openSession } from './session';

/** What the demo is told: its own flags, and where the stack is. File names are relative to the caller's folder. */
export interface DemoOptions {
  file?: string;
  json?: string;
  restaurants?: number;
  apiUrl: string;
  simulatorUrl: string;
  temporalUiUrl: string;
  /** Gives a fresh JWT of the demo organisation's administrator. */
  token: () => Promise<string>;
  /** How many times faster than real time the stack runs. */
  speed: number;
  stdout: NodeJS.WriteStream;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

interface DemoModule {
  /** `ok`: every restaurant reached the end it should. */
  runDemo(options: DemoOptions): Promise<{ ok: boolean }>;
}

/** Runs the demo on the stack that runs, else on one of its own. Resolves to the exit code. */
export async function demoCommand(
  options: CommandOptions,
  interrupt: Interrupt,
  onStack: (stack: Stack) => void,
): Promise<number> {
  const { runDemo } = await loadDemo();
  const running = options.fresh ? null : findRunningStack(DATA_DIR);
  if (running) {
    const note =
      options.speedGiven && options.speed !== running.speed ? `, at its own speed of ${running.speed}` : '';
    process.stdout.write(`Using the stack that runs already (process ${running.pid})${note}\n`);
    const report = await runDemo(demoOptions(options, running.env, running.speed, interrupt.signal));
    return exitCode(report, interrupt);
  }
  const session = await openSession(options, interrupt.signal, onStack);
  try {
    const { env, speed } = session.stack;
    const report = await runDemo(demoOptions(options, env, speed, interrupt.signal));
    const code = exitCode(report, interrupt);
    if (options.keep && !interrupt.signal.aborted) {
      process.stdout.write('The stack stays up (--keep): Ctrl-C ends it\n');
      await interrupt.happened;
    }
    return code;
  } finally {
    await session.close();
  }
}

function exitCode(report: { ok: boolean }, interrupt: Interrupt): number {
  if (interrupt.signal.aborted) return 130;
  return report.ok ? 0 : 1;
}

async function loadDemo(): Promise<DemoModule> {
  const file = builtFile('dev/demo/index.js');
  if (!existsSync(file))
    throw new StackError('dist/dev/demo is missing: run `node dev/setup.mjs` or `npm run build`');
  return (await import(pathToFileURL(file).href)) as DemoModule;
}

function demoOptions(
  { file, json, restaurants }: CommandOptions,
  env: Record<string, string>,
  speed: number,
  signal: AbortSignal,
): DemoOptions {
  return {
    ...(file === undefined ? {} : { file }),
    ...(json === undefined ? {} : { json }),
    ...(restaurants === undefined ? {} : { restaurants }),
    apiUrl: `http://127.0.0.1:${env['API_PORT']}`,
    simulatorUrl: `http://127.0.0.1:${env['SIM_PORT']}`,
    temporalUiUrl: env['TEMPORAL_UI_URL'] ?? '',
    token: () => userToken(env['SUPABASE_JWT_SECRET'] ?? '', 'admin'),
    speed,
    stdout: process.stdout,
    signal,
  };
}
