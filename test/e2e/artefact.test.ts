/**
 * What is deployed runs: the files that the Dockerfile copies, with the packages that it installs, in a folder where nothing else can be
 * found, with its NODE_ENV. So no development package is needed, no file is left out, and the workflow bundle is the build's.
 */
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { generateRestaurants } from '../../dev/demo/generator';
import { isTerminalJob } from '../../domain/statuses';
import { makeArtefact } from '../helpers/artefact';
import { Operator } from '../helpers/operator';
import { makeStackFolder, startTestStack, type TestStack } from '../helpers/stack';

const run = promisify(execFile);

const dir = makeStackFolder();
let stack: TestStack;
beforeAll(async () => {
  await makeArtefact(dir);
  stack = await startTestStack({
    deployedFrom: dir,
    speed: 200,
    env: {
      NODE_ENV: 'production',
      // Production refuses both.
      CODEC_DEV_ORIGINS: '',
      DEVELOPMENT_SIGN_IN: '',
      RATE_LIMIT_OTHER: '100000',
      RATE_LIMIT_READ: '100000',
      RATE_LIMIT_PROGRESS: '100000',
    },
  });
}, 300_000);
afterAll(async () => {
  await stack?.stopAll();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

test('it registers restaurants, each effect once', async () => {
  expect(existsSync(path.join(dir, 'node_modules', 'typescript'))).toBe(false);
  const operator = await Operator.begin(stack, generateRestaurants(2, 21));
  const jobs = await operator.until((all) => all.every((job) => isTerminalJob(job.status)));
  expect(jobs.map((job) => job.status)).toEqual(Array(2).fill('completed'));
  expect(await operator.simulator.effectsSummary()).toMatchObject({
    duplicates: 0,
    concurrentCalls: 0,
    unmetNeeds: [],
  });
}, 180_000);

test.each([
  ['dev/migrate', [], 'The schema is up to date'],
  ['dev/keys', ['--dry-run'], 'Left under another key: 0'],
  ['dev/doctor', ['--help'], 'npm run doctor'],
  ['dev/release', ['--help'], 'npm run release'],
  ['dev/replay', ['--help'], '--open'],
])(
  'the command %s is part of it',
  async (command, args, says) => {
    const { stdout } = await run(process.execPath, [path.join('dist', command, 'main.js'), ...args], {
      cwd: dir,
      env: { ...process.env, ...stack.env },
    });
    expect(stdout).toContain(says);
  },
  60_000,
);
