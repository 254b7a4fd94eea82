/**
 * A change as a release might bring it, put around the product's own steps: an activity before step 3 waits, and another and a timer before
 * step 5 waits (the record may show the question already). Workflow code: it is bundled with the workflows.
 */
import { proxyActivities, sleep } from '@temporalio/workflow';
import { CompanyDesk } from '../../../workflows/company';
import { ConfigurationDesk } from '../../../workflows/configuration';
import { DEFAULT_TASK_QUEUES } from '../../../domain/ids';

export interface NewActivities {
  noteBeforeCompany(): Promise<void>;
  noteBeforeConfiguration(): Promise<void>;
}

const LIMITS = { startToCloseTimeout: '1 minute', cancellationType: 'TRY_CANCEL' } as const;
const { noteBeforeCompany } = proxyActivities<NewActivities>(LIMITS);
/** On a queue whose workers run no workflows: they are of the new version too. */
const { noteBeforeConfiguration } = proxyActivities<NewActivities>({
  ...LIMITS,
  taskQueue: DEFAULT_TASK_QUEUES.companiesOffice,
});

/** @param applies whether this run does the new thing at this place */
export function changeWorkflows(applies: (id: string) => boolean): void {
  const { select } = CompanyDesk.prototype;
  CompanyDesk.prototype.select = async function () {
    if (applies('note-before-company')) await noteBeforeCompany();
    return select.call(this);
  };
  const { confirm } = ConfigurationDesk.prototype;
  ConfigurationDesk.prototype.confirm = async function () {
    if (applies('note-before-configuration')) {
      await noteBeforeConfiguration();
      await sleep(1);
    }
    return confirm.call(this);
  };
}
