/** What workers run: the bundle's entry. */
export { batchWorkflow } from './batch';
export { leaseWorkflow } from './lease';
export { reconcilerWorkflow } from './reconciler';
export { registrationWorkflow } from './registration';
