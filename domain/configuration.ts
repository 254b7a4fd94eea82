/**
 * The configuration of step 5: start reading here.
 * Workflow code must import `./configuration/types` and `./configuration/enabled` instead: this file pulls in zod,
 * libphonenumber and Node's crypto.
 */
export * from './configuration/types';
export * from './configuration/enabled';
export * from './configuration/schema';
export * from './configuration/issues';
export * from './configuration/facts';
export * from './configuration/resolve';
