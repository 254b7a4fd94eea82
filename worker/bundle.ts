/** Part of the build: bundles the workflow code once, so that workers start fast and all run the same, and writes down which code it is. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../domain/payload-codec';
import { BUILD_INFO_PATH, findBuildInfo } from './build-info';

async function main(): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('../workflows'),
    failureConverterPath: FAILURE_CONVERTER_PATH,
    workflowInterceptorModules: [require.resolve('../workflows/telemetry')],
  });
  await writeFile(join(__dirname, 'workflow-bundle.js'), code);
  await writeFile(BUILD_INFO_PATH, `${JSON.stringify(findBuildInfo(code, process.env))}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`The workflow code could not be bundled: ${String(error)}\n`);
  process.exitCode = 1;
});
