/** Workflow code for the workers of a test, bundled once for all test files that run the same. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../../domain/payload-codec';

const ROOT = path.resolve(__dirname, '../..');
const KEPT = path.join(ROOT, 'node_modules/.cache/workflow-bundles');

/**
 * @param entry Path of the module that exports the workflows; it may import from its own folder, the product and the helpers.
 * @param interceptors Paths of modules, as a worker is given them.
 */
export async function workflowBundle(
  entry: string,
  interceptors: string[] = [],
): Promise<{ codePath: string }> {
  const codePath = path.join(KEPT, `${hashOf(entry, interceptors)}.js`);
  if (!existsSync(codePath)) {
    const { code } = await bundleWorkflowCode({
      workflowsPath: entry,
      failureConverterPath: FAILURE_CONVERTER_PATH,
      workflowInterceptorModules: interceptors,
      logger: new DefaultLogger('ERROR'),
    });
    mkdirSync(KEPT, { recursive: true });
    // Whole or not at all: another test file may look for it just now.
    const begun = `${codePath}.${process.pid}`;
    writeFileSync(begun, code);
    renameSync(begun, codePath);
  }
  return { codePath };
}

/** Of everything that can be in the bundle. */
function hashOf(entry: string, interceptors: string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([entry, interceptors]));
  const folders = ['workflows', 'activities', 'domain', 'test/helpers'].map((folder) =>
    path.join(ROOT, folder),
  );
  for (const folder of [...folders, path.dirname(entry)]) {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      if (file.endsWith('.ts')) hash.update(file).update(readFileSync(path.join(folder, file)));
    }
  }
  return hash
    .update(readFileSync(path.join(ROOT, 'package-lock.json')))
    .digest('hex')
    .slice(0, 20);
}
