/** What workers run in tests of workflows. */
export * from '../../workflows';
export { grantingBatch } from './granting-batch';
