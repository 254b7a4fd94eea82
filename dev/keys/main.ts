import { runTool } from '../tool/run-tool';
import { keysRotate } from './command';

// What `npm run keys:rotate` runs; its exit codes are told by --help.

runTool(keysRotate);
