/** What workers run: the bundle's entry. */
export { batchWorkflow } from './batch';
export { leaseWorkflow } from './lease';
export { registrationWorkflow } from './registration';
