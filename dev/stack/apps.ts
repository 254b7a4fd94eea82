import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { StackError } from './errors';
import { builtFile, PROJECT_ROOT } from './paths';
import { answers, type ProcessSpec } from './process';

/** Our own programs, run from what `npm run build` makes, in the order in which they start. */
export const APPS = {
  simulator: { label: 'Simulator', entry: 'dev/simulator/main.js' },
  worker: { label: 'Worker', entry: 'worker/main.js' },
  api: { label: 'API', entry: 'api/main.js' },
} as const;

export type AppName = keyof typeof APPS;
export const APP_NAMES = Object.keys(APPS) as AppName[];

export interface AppOptions {
  logFile: string;
  env: NodeJS.ProcessEnv;
  /** Holds `dist` and `node_modules`: this clone, or a copy of what is deployed. */
  folder?: string;
  /** Of Node.js itself, e.g. `--cpu-prof`, which NODE_OPTIONS does not take. */
  nodeFlags?: readonly string[];
  /** An address that answers 2xx once the program can work; null: its log then has a line that begins "<name> ready". */
  readyUrl: string | null;
}

/** Throws a StackError when a program is not built. */
export function assertBuilt(names: readonly AppName[]): void {
  const missing = names.map((name) => builtFile(APPS[name].entry)).filter((file) => !existsSync(file));
  if (missing.length === 0) return;
  const files = missing.map((file) => path.relative(PROJECT_ROOT, file)).join(', ');
  throw new StackError(`Not built: ${files}; run \`node dev/setup.mjs\` or \`npm run build\``);
}

export function prepareApp(name: AppName, options: AppOptions): ProcessSpec {
  const { label, entry } = APPS[name];
  const { readyUrl, logFile, folder = PROJECT_ROOT, nodeFlags = [] } = options;
  return {
    name: label,
    command: process.execPath,
    args: [...nodeFlags, '--enable-source-maps', builtFile(entry, folder)],
    env: options.env,
    cwd: folder,
    logFile,
    isReady: () => (readyUrl ? answers(readyUrl) : Promise.resolve(saysReady(logFile))),
    readyTimeoutMs: 120_000,
    stopSignal: 'SIGTERM',
    graceMs: 20_000,
  };
}

/** Each start has a log file of its own, so an old line cannot be taken for a new one. */
function saysReady(logFile: string): boolean {
  return existsSync(logFile) && /^\w+ ready\b/m.test(readFileSync(logFile, 'utf8'));
}
