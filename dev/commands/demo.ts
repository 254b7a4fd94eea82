import { refuseDemo, runDemo, type DemoOptions } from '../demo';
import { loadRestaurants } from '../demo/load';
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
  // Before anything is started: a bad file is told at once.
  const loaded = await loadRestaurants(options);
  if (!loaded.ok) return exitCode(await refuseDemo(options, loaded.problems), interrupt);
  const running = options.fresh ? null : findRunningStack(DATA_DIR);
  if (running) {
    const note =
      options.speedGiven && options.speed !== running.speed ? `, at its own speed of ${running.speed}` : '';
    process.stdout.write(`Using the stack that runs already (process ${running.pid})${note}\n`);
    const report = await runDemo(
      demoOptions(options, running.env, running.speed, interrupt.signal),
      loaded.restaurants,
    );
    return exitCode(report, interrupt);
  }
  const session = await openSession(options, interrupt.signal, onStack);
  try {
    const { env, speed } = session.stack;
    const report = await runDemo(demoOptions(options, env, speed, interrupt.signal), loaded.restaurants);
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
  { json }: CommandOptions,
  env: Record<string, string>,
  speed: number,
  signal: AbortSignal,
): DemoOptions {
  return {
    ...(json === undefined ? {} : { json }),
    apiUrl: `http://127.0.0.1:${env['API_PORT']}`,
    simulatorUrl: `http://127.0.0.1:${env['SIM_PORT']}`,
    temporalUiUrl: env['TEMPORAL_UI_URL'] ?? '',
    token: () => userToken(env['SUPABASE_JWT_SECRET'] ?? '', 'admin'),
    speed,
    stdout: process.stdout,
    signal,
  };
}
