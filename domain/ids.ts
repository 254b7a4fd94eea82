/** Every workflow id, task queue name and search attribute name of the product is built here. */

export const DEFAULT_TASK_QUEUES = {
  /** Workflows, record writes and short calls. */
  registrations: 'registrations',
  /** Calls to the Companies Office register; the engine limits its rate. */
  companiesOffice: 'companies-office',
  /** Account creation, one call per grant of the account gate. */
  accountCreation: 'account-creation',
  /** Browser-driven sub-steps; few slots per worker. */
  portal: 'portal',
} as const;

export type TaskQueueName = keyof typeof DEFAULT_TASK_QUEUES;

export function batchWorkflowId(batchId: string): string {
  return `registration-batch/${batchId}`;
}

export function registrationWorkflowId(jobId: string): string {
  return `registration/${jobId}`;
}

/** Null: not the id of a registration. */
export function jobIdOfWorkflow(workflowId: string): string | null {
  const [kind, jobId] = workflowId.split('/');
  return kind === 'registration' && jobId ? jobId : null;
}

/** One gate per vendor credential set (`integratorKey`: a short hash of the integrator id). */
export function accountGateWorkflowId(integratorKey: string): string {
  return `account-gate/${integratorKey}`;
}

/** One per owner: `ownerKey` = HMAC(organisation, lower-case e-mail), never the e-mail itself. */
export function ownerWorkflowId(ownerKey: string): string {
  return `owner/${ownerKey}`;
}

/** The schedule that starts the reconciler, and the beginning of its runs' workflow ids. */
export const RECONCILER_ID = 'registration-reconciler';

/** Key that the outside systems see for one sub-step of one job; a reset raises the generation. */
export function idempotencyKey(jobId: string, subStep: string, generation: number): string {
  return `${jobId}:${subStep}:${generation}`;
}

export const SEARCH_ATTRIBUTES = {
  BatchId: 'KEYWORD',
  OrganisationId: 'KEYWORD',
  RestaurantId: 'KEYWORD',
  RegistrationStep: 'INT',
  AwaitingInput: 'KEYWORD',
} as const;
