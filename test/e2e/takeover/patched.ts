/** The change as it should be made: runs that have passed the place go on as they began. */
import { patched } from '@temporalio/workflow';
import { changeWorkflows } from './change';

changeWorkflows(patched);

export * from '../../helpers/tested-workflows';
