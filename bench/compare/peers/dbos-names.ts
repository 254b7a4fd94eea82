/** What the client and the worker of the DBOS candidate share. */
export const APPLICATION = 'registrations';
export const QUEUE = 'registrations';
export const WORKFLOW = 'registration';
export const APP_VERSION = 'compare';
