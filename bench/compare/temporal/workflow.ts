/** The registration as a plain Temporal workflow: the same units as everybody's, each an activity. */
import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import { register, type Configuration, type Job, type Question, type Unit } from '../flow';

export type Activities = Record<Unit, (job: Job, configuration?: Configuration) => Promise<void>>;

export const answered = defineSignal<[Question, Configuration]>('answered');

const activities = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  // As the product's own sub-steps: a worker that is lost is noticed by this alone.
  heartbeatTimeout: '30 seconds',
});

export async function plainRegistration(job: Job): Promise<void> {
  const answers = new Map<Question, Configuration>();
  setHandler(answered, (question, answer) => void answers.set(question, answer));
  await register({
    perform: (unit, configuration) => activities[unit](job, configuration),
    all: (units) => Promise.all(units),
    async ask(question) {
      await condition(() => answers.has(question));
      return answers.get(question) ?? null;
    },
  });
}
