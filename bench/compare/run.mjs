// `npm run bench:compare`: makes ready what the comparison alone needs, and runs it. Its packages are installed here, in a folder of
// their own, the first time that it runs; the product's dependencies stay as they are.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.join(HERE, '..', '..');
const PACKAGES = path.join(HERE, 'node_modules');

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2], ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function modified(file) {
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

if (modified(path.join(PACKAGES, '.package-lock.json')) < modified(path.join(HERE, 'package-lock.json'))) {
  console.error('bench:compare: installing the packages of the comparison');
  // No scripts: none is needed, and one of them would report the installation to its makers.
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: HERE });
}
// After the installation, which changes this folder's date: the build would take that for a change of the sources.
run(process.execPath, ['dev/setup.mjs', '--quiet']);
run(process.execPath, [
  path.join('node_modules', 'typescript', 'bin', 'tsc'),
  '-p',
  path.join(HERE, 'tsconfig.json'),
]);
run(
  process.execPath,
  ['--enable-source-maps', path.join('dist', 'bench', 'compare', 'main.js'), ...process.argv.slice(2)],
  // What is built lies in dist/, away from the packages.
  { stdio: 'inherit', env: { ...process.env, NODE_PATH: PACKAGES } },
);
