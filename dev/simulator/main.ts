/** The simulator as a process of its own. Settings come from the environment; it ends cleanly on SIGTERM and SIGINT. */
import { startSimulator, type SimulatorOptions } from './index';

type Environment = Record<string, string | undefined>;

/** Reads the environment. Throws one error that names every setting that is missing or is no number. */
export function optionsFrom(env: Environment): SimulatorOptions {
  const problems: string[] = [];
  const needed = (name: string): string => {
    const value = env[name] ?? '';
    if (value === '') problems.push(`${name} is missing`);
    return value;
  };
  const number = (name: string, preset: number): number => {
    const value = env[name];
    if (value === undefined || value === '') return preset;
    const parsed = Number(value);
    if (!Number.isFinite(parsed) || parsed < 0) problems.push(`${name} is not a number`);
    return parsed;
  };
  const optional = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const pair = (first: string, second: string): [string, string] | undefined => {
    const url = optional(first);
    return url === undefined ? undefined : [url, needed(second)];
  };

  const confirmation = optional('SIM_CONFIRMATION') ?? 'signature';
  if (confirmation !== 'signature' && confirmation !== 'code' && confirmation !== 'either')
    problems.push('SIM_CONFIRMATION must be signature, code or either');
  const platform = pair('SUPABASE_URL', 'SUPABASE_SERVICE_ROLE_KEY');
  const webhook = pair('WEBHOOK_URL', 'WEBHOOK_SECRET');
  const stateFile = optional('SIM_STATE_FILE');
  const confirmationCode = optional('CLOUDWAITRESS_CONFIRMATION_CODE');
  const interval = optional('ACCOUNT_MIN_INTERVAL_MS');
  const options: SimulatorOptions = {
    keys: {
      nzbnApiKey: needed('NZBN_API_KEY'),
      backendServiceKey: needed('BACKEND_SERVICE_KEY'),
      integratorId: needed('CLOUDWAITRESS_INTEGRATOR_ID'),
      integratorSecret: needed('CLOUDWAITRESS_INTEGRATOR_SECRET'),
    },
    port: number('SIM_PORT', 0),
    seed: number('SIM_SEED', 1),
    timeScale: number('SIM_TIME_SCALE', 1),
    killLimits: optional('SIM_KILL_LIMITS') === 'true',
    confirmation: confirmation as NonNullable<SimulatorOptions['confirmation']>,
    ...(interval === undefined ? {} : { accountMinIntervalScaledMs: number('ACCOUNT_MIN_INTERVAL_MS', 0) }),
    ...(confirmationCode === undefined ? {} : { confirmationCode }),
    ...(stateFile === undefined ? {} : { stateFile }),
    ...(platform === undefined ? {} : { platform: { url: platform[0], serviceKey: platform[1] } }),
    ...(webhook === undefined ? {} : { webhook: { url: webhook[0], secret: webhook[1] } }),
  };
  if (problems.length > 0) throw new Error(`The simulator cannot start: ${problems.join('; ')}.`);
  return options;
}

async function main(): Promise<void> {
  const simulator = await startSimulator(optionsFrom(process.env));
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    simulator.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  // Last: whoever reads this may send a signal at once.
  console.log(`simulator ready on ${simulator.url}`);
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

if (require.main === module) main().catch(fail);
