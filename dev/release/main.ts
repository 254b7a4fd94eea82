import { runTool } from '../tool/run-tool';
import { releaseCommand } from './command';

// What `npm run release` runs; its exit codes are told by --help.

runTool(releaseCommand);
