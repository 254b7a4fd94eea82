/** The settings of every process: names, defaults, units, and how they are read. */
export * from './read';
export { readTemporalTarget, RECONNECTING, TEMPORAL_VARIABLES, type TemporalTarget } from './temporal';
export { SERVICE_ACCESS, type ServiceToken } from './service-tokens';
export { type DevelopmentPerson } from './development-people';
export { apiSettingsSchema, readApiSettings, type ApiSettings } from './api';
export { readWorkerSettings, workerSettingsSchema, type WorkerSettings } from './worker';
