/** Runs schemathesis, a generator of requests from an OpenAPI document, against a running API. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Campaign {
  url: string;
  token: string;
  /** Requests an operation, besides those that cover each parameter's limits. */
  examples: number;
  seed: number;
  /** `coverage`: each limit of each parameter, some thousand requests; `fuzzing`: `examples` of each operation. */
  phases: readonly ('coverage' | 'fuzzing')[];
  /** Of each operation (`POST /path/{id}`) the values of path parameters; the others are generated, and nobody has them. */
  ids?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Paths that are left out, as a regular expression. */
  without?: string;
}

export interface Outcome {
  /** 0: nothing was found; 1: something was; else it could not run. */
  code: number;
  /** What it says of its run, the found in full. */
  output: string;
  /** How many requests were sent. */
  requests: number;
}

/** What is looked at in each answer: no failure of ours, and nothing that the document does not say. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];

/** @param program Its path. */
export function runSchemathesis(program: string, campaign: Campaign): Promise<Outcome> {
  const folder = mkdtempSync(path.join(tmpdir(), 'schemathesis-'));
  const configuration = path.join(folder, 'schemathesis.toml');
  writeFileSync(configuration, toml(campaign));
  const { url, token, examples, seed, without } = campaign;
  const options = [
    ...['--config-file', configuration, 'run', `${url}/openapi.json`],
    ...['--checks', CHECKS.join(','), '--phases', campaign.phases.join(',')],
    ...['--max-examples', String(examples), '--seed', String(seed)],
    ...['--generation-database', 'none', '--suppress-health-check', 'all', '--no-shrink'],
    ...['--continue-on-failure', '--request-timeout', '20', '--no-color', '--warnings', 'off'],
    ...(without === undefined ? [] : ['--exclude-path-regex', without]),
  ];
  const env = { PATH: process.env['PATH'], HOME: folder, SCHEMATHESIS_TOKEN: token, PYTHONUTF8: '1' };
  return new Promise((resolve, reject) => {
    execFile(program, options, { cwd: folder, env, maxBuffer: 2 ** 27 }, (error, stdout, stderr) => {
      rmSync(folder, { recursive: true, force: true });
      if (error && typeof error.code !== 'number') {
        reject(error);
        return;
      }
      const output = `${stdout}\n${stderr}`.replaceAll(token, '<token>');
      const [, requests = '0'] = /(\d+) generated/.exec(output) ?? [];
      resolve({ code: Number(error?.code ?? 0), output, requests: Number(requests) });
    });
  });
}

/** The token comes from the environment: the process list shows arguments. */
function toml({ ids = {} }: Campaign): string {
  const operations = Object.entries(ids).flatMap(([operation, values]) => [
    '[[operations]]',
    `include-name = ${JSON.stringify(operation)}`,
    '[operations.parameters]',
    ...Object.entries(values).map(([name, value]) => `"path.${name}" = ${JSON.stringify(value)}`),
  ]);
  return ['headers = { Authorization = "Bearer ${SCHEMATHESIS_TOKEN}" }', ...operations, ''].join('\n');
}
