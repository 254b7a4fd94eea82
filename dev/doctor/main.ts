import { runTool } from '../tool/run-tool';
import { doctor } from './command';

// What `npm run doctor` runs; its exit codes are told by --help.

runTool(doctor);
