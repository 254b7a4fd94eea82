/** What `npm run doctor` does and says. */
import { readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import type { Environment } from '../../domain/settings';
import type { ToolIo } from '../tool/run-tool';
import { found, type Finding } from './finding';
import { examineOutside } from './outside';
import { examineRecord } from './record';
import { readBoth } from './settings';
import { examineTemporal } from './temporal';

const HELP = `npm run doctor [-- flags]

Checks a deployment's settings one by one: says what is wrong and how it is mended. It changes nothing, unless told to accept a namespace,
and never prints a secret.

  --env-file FILE          the settings of both, in the place of the environment's
  --worker-env-file FILE   those of the worker
  --api-env-file FILE      those of the API
  --accept-namespace       let the record belong to the Temporal namespace that the settings name, after a move that was meant
  --json                   the findings as JSON
  --help                   this text

Exit code: 0 nothing is wrong (a "!" is advice), 1 otherwise.`;

const SIGNS = { ok: '✓', warn: '!', fail: '✗' } as const;

/** @returns the exit code */
export async function doctor(args: string[], { env, print }: Pick<ToolIo, 'env' | 'print'>): Promise<number> {
  const file = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args,
    options: {
      'env-file': file,
      'worker-env-file': file,
      'api-env-file': file,
      'accept-namespace': flag,
      json: flag,
      help: flag,
    },
  });
  if (values.help) {
    print(HELP);
    return 0;
  }
  const read = (name: string | undefined): Environment =>
    name === undefined ? env : parseEnv(readFileSync(name, 'utf8'));
  const findings = await examine(
    {
      worker: read(values['worker-env-file'] ?? values['env-file']),
      api: read(values['api-env-file'] ?? values['env-file']),
    },
    values['accept-namespace'],
  );
  if (values.json) print(JSON.stringify(findings, null, 2));
  else for (const line of table(findings)) print(line);
  return findings.some(({ status }) => status === 'fail') ? 1 : 0;
}

export async function examine(
  env: { worker: Environment; api: Environment },
  accept = false,
): Promise<Finding[]> {
  const { settings, findings } = readBoth(env);
  const { worker, api } = settings;
  // The worker's know more of Temporal, the API's more of the database; either will do.
  const [ofTemporal, ofRecord] = [worker ?? api, api ?? worker];
  const examined = await Promise.all([
    ofTemporal ? found('Temporal', () => examineTemporal(ofTemporal, accept)) : [],
    ofRecord ? found('database', () => examineRecord(ofRecord)) : [],
    worker ? found('outside', () => examineOutside(worker)) : [],
  ]);
  return [...findings, ...examined.flat()];
}

function table(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.map(
    ({ check, status, sentence }) => `${SIGNS[status]} ${check.padEnd(width)}  ${sentence}`,
  );
  const count = (status: Finding['status']): number => findings.filter((one) => one.status === status).length;
  return [...lines, '', `${count('ok')} right, ${count('warn')} to look at, ${count('fail')} wrong`];
}
