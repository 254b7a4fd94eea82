import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder of package.json, both from the sources (dev/stack) and from what is built (dist/dev/stack). */
export const PROJECT_ROOT = findRoot(__dirname);

function findRoot(start: string): string {
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json'))) return folder;
    if (folder === path.dirname(folder)) throw new Error(`No package.json above ${start}`);
  }
}

/** A file that `npm run build` makes. */
export function builtFile(relative: string, folder: string = PROJECT_ROOT): string {
  return path.join(folder, 'dist', relative);
}

/** A file inside an installed npm package (read by path: some of the packages hide all but their entry point). */
export function packageFile(...relative: string[]): string {
  return path.join(PROJECT_ROOT, 'node_modules', ...relative);
}
