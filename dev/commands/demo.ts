import { runDemo, type DemoOptions } from '../demo';
import { findRunningStack } from '../stack/lock';
import type { Stack } from '../stack';
import { userToken } from '../stack/secrets';
import type { Interrupt } from './interrupt';
import type { CommandOptions } from './options';
import { DATA_DIR, openSession } from './session';

/** Runs the demo on the stack that runs, else on one of its own. Resolves to the exit code. */
export async function demoCommand(
  options: CommandOptions,
  interrupt: Interrupt,
  onStack: (stack: Stack) => void,
): Promise<number> {
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
