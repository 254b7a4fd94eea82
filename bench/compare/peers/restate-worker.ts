/**
 * https://docs.restate.dev/develop/ts/external-events (durable promises), https://docs.restate.dev/develop/ts/concurrent-tasks
 * (RestatePromise.all keeps the order of completions for a replay)
 */
import * as restate from '@restatedev/restate-sdk';
import { register, type Configuration, type Job, type Question } from '../flow';
import { performFromEnvironment, setting } from '../work';

const perform = performFromEnvironment();

const registration = restate.workflow({
  name: 'registration',
  handlers: {
    run: async (context: restate.WorkflowContext, job: Job): Promise<void> => {
      await register<restate.RestatePromise<void>>({
        perform: (unit, configuration) => context.run(unit, () => perform(job, unit, configuration)),
        all: (units) => restate.RestatePromise.all(units),
        ask: (question) => context.promise<Configuration>(question).get(),
      });
    },
    answer: async (
      context: restate.WorkflowSharedContext,
      { question, configuration }: { question: Question; configuration: Configuration },
    ): Promise<void> => {
      await context.promise<Configuration>(question).resolve(configuration);
    },
  },
});

export type Registration = typeof registration;

restate
  .serve({ services: [registration], port: Number(setting('WORKER_PORT')) })
  .then(() => process.stdout.write('worker ready\n'))
  .catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  });
