/** Part of the build: bundles the workflow code once, so that workers start fast and all run the same. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../domain/payload-codec';

async function main(): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('../workflows'),
    failureConverterPath: FAILURE_CONVERTER_PATH,
  });
  await writeFile(join(__dirname, 'workflow-bundle.js'), code);
}

main().catch((error: unknown) => {
  process.stderr.write(`The workflow code could not be bundled: ${String(error)}\n`);
  process.exitCode = 1;
});
