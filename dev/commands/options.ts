import { portsFromEnvironment, PORT_NAMES, PORT_SETTINGS, type StackPorts } from '../stack/ports';
import { StackError } from '../stack/errors';
import { readFlags } from '../stack/flags';
import { DEMO_ROLES, type DemoRole } from '../stack/seed';

const DEFAULT_SPEED = 200;

export interface CommandOptions {
  command: 'up' | 'demo' | 'token' | 'help';
  fresh: boolean;
  keep: boolean;
  ports: StackPorts;
  speed: number;
  /** Whether --speed was given: a stack that runs already keeps its own. */
  speedGiven: boolean;
  role: DemoRole;
  file?: string;
  json?: string;
  restaurants?: number;
}

const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  fresh: { type: 'boolean' },
  keep: { type: 'boolean' },
  'port-offset': { type: 'string' },
  speed: { type: 'string' },
  role: { type: 'string' },
  file: { type: 'string' },
  json: { type: 'string' },
  restaurants: { type: 'string' },
} as const;

/** Reads the command line and the port settings of the environment. Throws a StackError that names the bad part. */
export function parseCommand(args: string[], env: NodeJS.ProcessEnv): CommandOptions {
  const { values, positionals } = readFlags({ args, options: FLAGS, allowPositionals: true, strict: true });
  const command = values.help ? 'help' : readCommand(positionals);
  const allowed: Record<string, readonly string[]> = {
    up: ['fresh', 'port-offset', 'speed'],
    demo: ['fresh', 'port-offset', 'speed', 'keep', 'file', 'json', 'restaurants'],
    token: ['role'],
    help: Object.keys(FLAGS),
  };
  const misplaced = Object.keys(values).find((flag) => !allowed[command]?.includes(flag));
  if (misplaced)
    throw new StackError(
      `--${misplaced} is no flag of ${command === 'up' ? 'this command' : command}: see --help`,
    );
  return {
    command,
    fresh: values.fresh ?? false,
    keep: values.keep ?? false,
    ports: portsFromEnvironment(env, readNumber(values['port-offset'], 'port-offset', 0, 0, 60_000)),
    speed: readSpeed(values.speed),
    speedGiven: values.speed !== undefined,
    role: readRole(values.role),
    ...(values.file === undefined ? {} : { file: values.file }),
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.restaurants === undefined
      ? {}
      : { restaurants: readNumber(values.restaurants, 'restaurants', 0, 1, 1_000) }),
  };
}

function readCommand(positionals: string[]): CommandOptions['command'] {
  const [first, ...more] = positionals;
  if (more.length === 0 && first === undefined) return 'up';
  if (more.length === 0 && (first === 'demo' || first === 'token' || first === 'help')) return first;
  throw new StackError(
    `"${positionals.join(' ')}" is no command: demo and token are, and none starts everything; see --help`,
  );
}

function readNumber(
  text: string | undefined,
  flag: string,
  fallback: number,
  least: number,
  most: number,
): number {
  if (text === undefined) return fallback;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new StackError(`--${flag} is "${text}": give a whole number from ${least} to ${most}`);
}

function readSpeed(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SPEED;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (value >= 0.1 && value <= 100_000) return value;
  throw new StackError(`--speed is "${text}": give a number from 0.1 to 100000 (1 = real time)`);
}

function readRole(text = 'admin'): DemoRole {
  const role = DEMO_ROLES.find((known) => known === text);
  if (role) return role;
  throw new StackError(`--role is "${text}": give one of ${DEMO_ROLES.join(', ')}`);
}

export function helpText(): string {
  const ports = PORT_NAMES.map((name) => {
    const { setting, usual, label } = PORT_SETTINGS[name];
    return `  ${setting.padEnd(18)}${String(usual).padEnd(8)}${label}`;
  });
  return `Usage: ./temporal-dev.sh [command] [flags]

Commands
  (none)             start everything, print the addresses, stay until Ctrl-C
  demo               register the sample restaurants through the HTTP API; uses the stack of this clone
                     that runs already, else starts one and stops it afterwards
  token              print a user's token for the API

Flags of (none) and demo
  --fresh            wipe the data of this clone (.dev) first
  --speed N          how many times faster than real time the simulator and the limits are (default ${DEFAULT_SPEED})
  --port-offset N    add N to every usual port

Flags of demo
  --file FILE        restaurants with their menus, JSON or CSV, instead of the sample
  --restaurants N    N generated restaurants instead of the sample
  --json FILE        write the results as JSON
  --keep             leave the stack running afterwards, until Ctrl-C

Flag of token
  --role ROLE        ${DEMO_ROLES.join(', ')} (default admin)

Settings (environment)
${ports.join('\n')}
  DATABASE_URL      (none)  a PostgreSQL of your own (login of a superuser) instead
  STACK_DATA_DIR    .dev    where data, logs and secrets lie`;
}
