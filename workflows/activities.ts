/** The activities as workflows see them: one group per retry class, with the reason. */
import type { Priority } from '@temporalio/common';
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { CompaniesOfficeActivities } from '../activities/companies-office';
import type { ExtractionActivities } from '../activities/extraction';
import type { LeaseActivities } from '../activities/leases';
import type { ReconcilerActivities } from '../activities/reconciler/types';
import type { CarriersOf } from '../activities/record/carried';
import type { RecordActivities } from '../activities/record/types';
import type { ConfigurationActivities } from '../activities/account-setup/configuration';
import { DEFAULT_TASK_QUEUES } from '../domain/ids';
import { PRIORITIES } from '../domain/priorities';

/** For what must get done however long it takes: our own database, our own engine. */
const UNTIL_DONE = {
  initialInterval: '500 milliseconds',
  backoffCoefficient: 2,
  maximumInterval: '30 seconds',
} as const;

type AlwaysCalls = 'searchCompaniesByName' | 'fetchCompanyDetails';
/** The search is completed without a call where there is no address to compare. */
type RegisterCall = AlwaysCalls | 'completeSearch';

/**
 * Database writes: retried for as long as it takes, since the run must not lose what it knows. Not cancelled with the run:
 * the record must learn of the cancellation. On the workflow's own queue, where eager dispatch halves their latency.
 */
export const record = proxyActivities<RecordActivities>({
  startToCloseTimeout: '20 seconds',
  retry: UNTIL_DONE,
  cancellationType: 'ABANDON',
});

/**
 * Short reads and writes around the platform's tables and the register's results; database trouble is waited out, a cancel gives
 * up at once. Saving results is not a call to the register, so it stays off the register's rated queue.
 */
const SHORT = {
  startToCloseTimeout: '20 seconds',
  retry: UNTIL_DONE,
  cancellationType: 'TRY_CANCEL',
} as const;

export const platform =
  proxyActivities<CarriersOf<ConfigurationActivities & Omit<CompaniesOfficeActivities, AlwaysCalls>>>(SHORT);

/** Looks of all that wait for their extraction, again and again: nobody waits for a single one. */
export const looks = proxyActivities<CarriersOf<ExtractionActivities>>({
  ...SHORT,
  priority: PRIORITIES.bulk,
});

/** Requests for turns must arrive; a repeated one is recognised. They may carry a write, which takes as long as the database does. */
export const leases = proxyActivities<CarriersOf<LeaseActivities>>({
  startToCloseTimeout: '20 seconds',
  retry: UNTIL_DONE,
  cancellationType: 'TRY_CANCEL',
});

/**
 * The one local activity: it costs the batch one event and no further workflow task, where a signal from workflow to workflow costs
 * six events, and a batch has a thousand grants to give. Few and short tries, since it holds the workflow task meanwhile.
 */
export const atOnce = proxyLocalActivities<Pick<LeaseActivities, 'grantStep6'>>({
  startToCloseTimeout: '2 seconds',
  retry: { initialInterval: '100 milliseconds', maximumAttempts: 3 },
  cancellationType: 'TRY_CANCEL',
});

/** Follows runs that are not this workflow's children; the worker that waits may be lost at any time. */
export const outside = proxyActivities<Pick<LeaseActivities, 'followRegistrations'>>({
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
  cancellationType: 'TRY_CANCEL',
});

/**
 * Calls to the register: a few tries, then a person decides (retry, search again, enter by hand). The queue's rate is shared by
 * all workers, so time spent queued is not counted against a call.
 */
const registerCalls = (priority: Priority) =>
  proxyActivities<CarriersOf<Pick<CompaniesOfficeActivities, RegisterCall>>>({
    taskQueue: DEFAULT_TASK_QUEUES.companiesOffice,
    // A search may take six calls of ten seconds, and each the wait for its turn.
    startToCloseTimeout: '3 minutes',
    heartbeatTimeout: '20 seconds',
    retry: {
      initialInterval: '1 second',
      backoffCoefficient: 2,
      maximumInterval: '1 minute',
      maximumAttempts: 4,
    },
    cancellationType: 'TRY_CANCEL',
    priority,
  });

/** What a person asked for: a new search, the details of the chosen company, a retry. */
export const register = registerCalls(PRIORITIES.answered);
/** The first search of each restaurant of a batch. */
export const bulkRegister = registerCalls(PRIORITIES.bulk);

/** A page of rows against the engine. An outage is waited out: the schedule starts no second run meanwhile. */
export const reconciler = proxyActivities<ReconcilerActivities>({
  startToCloseTimeout: '2 minutes',
  retry: UNTIL_DONE,
  cancellationType: 'TRY_CANCEL',
  priority: PRIORITIES.bulk,
});
