/** What the image holds, in a folder: made as the Dockerfile says, without a container engine. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { DockerfileParser, type Copy, type Dockerfile, type Instruction } from 'dockerfile-ast';
import { PROJECT_ROOT } from '../../dev/stack/paths';

const run = promisify(execFile);
const APP = '/app/';

export const dockerfile = (): Dockerfile =>
  DockerfileParser.parse(readFileSync(path.join(PROJECT_ROOT, 'Dockerfile'), 'utf8'));

/** The instructions of `FROM … AS <name>`, without it. */
export function stage(file: Dockerfile, name: string): Instruction[] {
  const image = file.getFROMs().find((from) => from.getBuildStage() === name);
  if (!image) throw new Error(`The Dockerfile has no stage ${name}`);
  const all = file.getInstructions();
  const begin = all.findIndex((one) => one.getRange().start.line === image.getRange().start.line) + 1;
  const next = all.findIndex((one, index) => index >= begin && one.getKeyword() === 'FROM');
  return all.slice(begin, next === -1 ? undefined : next);
}

export interface Copied {
  from: string;
  source: string;
  /** Both relative to the work folder, which is `/app` in every stage. */
  target: string;
}

/** What the stage `runtime` takes from the stages before it. */
export function copiedIntoImage(file: Dockerfile = dockerfile()): Copied[] {
  const copies = stage(file, 'runtime').filter((one): one is Copy => one.getKeyword() === 'COPY');
  return copies.map((copy) => {
    const from = copy
      .getFlags()
      .find((flag) => flag.getName() === 'from')
      ?.getValue();
    const [source, target, ...more] = copy.getArguments().map((argument) => argument.getValue());
    if (!from || !source?.startsWith(APP) || !target?.startsWith('./') || more.length > 0)
      throw new Error(`Not understood: ${copy.getTextContent()}`);
    const name = source.slice(APP.length);
    return { from, source: name, target: target === './' ? name : target.slice(2) };
  });
}

/** The arguments of the one `npm ci` in that stage. */
function npmArguments(file: Dockerfile, name: string): string[] {
  const found = stage(file, name).flatMap((one) => {
    const match = /npm (ci[^&|;]*)/.exec(one.getTextContent());
    return match ? [(match[1] as string).trim().split(/\s+/)] : [];
  });
  if (found.length !== 1) throw new Error(`The stage ${name} has not one npm ci`);
  return found[0] as string[];
}

/**
 * Fills `dir` with the product's packages (from npm's cache where they are there) and this clone's build.
 * What the build stage makes is taken from `dist`: build first.
 */
export async function makeArtefact(dir: string): Promise<void> {
  const file = dockerfile();
  for (const name of ['package.json', 'package-lock.json'])
    cpSync(path.join(PROJECT_ROOT, name), path.join(dir, name));
  await run('npm', [...npmArguments(file, 'packages'), '--prefer-offline'], { cwd: dir });
  for (const { from, source, target } of copiedIntoImage(file))
    if (from === 'build')
      cpSync(path.join(PROJECT_ROOT, source), path.join(dir, target), { recursive: true });
}
