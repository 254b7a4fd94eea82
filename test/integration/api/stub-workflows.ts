/** Workflows with the handlers of the real ones and nothing behind them: what reaches them is kept, in order, and can be asked for. */
import { ApplicationFailure, condition, defineQuery, setHandler } from '@temporalio/workflow';
import type { RestoreWrite } from '../../../domain/record';
import {
  COMMAND_REFUSED,
  continueExtraction,
  editConfiguration,
  giveUp,
  markSubStepDone,
  pauseBatch,
  registrationRecord,
  republish,
  resetSubStep,
  resumeBatch,
  retry,
  skipSubStep,
} from '../../../workflows/messages';

export interface StubInput {
  record?: RestoreWrite;
  /** Names of the commands that are refused. */
  refuses?: string[];
  /** An edit is taken and never answered. */
  silent?: true;
}

export interface Carried {
  name: string;
  command: Record<string, unknown>;
}

/** The commands that were carried out. */
export const carriedOut = defineQuery<Carried[]>('carriedOut');

/** A keeper of commands, and the validators that refuse them. */
function desk({ refuses = [] }: StubInput) {
  const carried: Carried[] = [];
  setHandler(carriedOut, () => carried);
  const refuse = (code: string, sentence: string): never => {
    throw ApplicationFailure.create({
      type: COMMAND_REFUSED,
      message: sentence,
      nonRetryable: true,
      details: [code, sentence],
    });
  };
  const validator = <Args extends unknown[]>(name: string): { validator: (...args: Args) => void } => ({
    validator: () => void (refuses.includes(name) && refuse('INVALID_STATUS', 'It is running.')),
  });
  const keep = (name: string, command: object): void => void carried.push({ name, command: { ...command } });
  return { refuse, validator, keep };
}

export async function registrationWorkflow(input: StubInput): Promise<void> {
  const { refuse, validator, keep } = desk(input);
  const known = input.record;
  let closed = false;
  const changedTo = (status: 'completed' | 'skipped' | 'pending', generation: number) => (key: string) =>
    ({ changed: [{ key, status, generation }] }) as never;

  setHandler(
    retry,
    (command) => {
      keep('retry', command);
      return { step: command.step, subSteps: command.subSteps ?? [] };
    },
    validator('retry'),
  );
  setHandler(continueExtraction, (command) => {
    keep('continue', command);
    return { mode: command.mode };
  });
  setHandler(skipSubStep, (command) => {
    keep('skip', command);
    return changedTo('skipped', 1)(command.subStep);
  });
  setHandler(markSubStepDone, (command) => {
    keep('markDone', command);
    return changedTo('completed', 1)(command.subStep);
  });
  setHandler(
    resetSubStep,
    (command) => {
      if (!command.preview) keep('reset', command);
      return changedTo('pending', 2)(command.subStep);
    },
    {
      validator: ({ effectRemoved }) =>
        effectRemoved ? undefined : refuse('EFFECT_EXISTS', 'It would be made twice.'),
    },
  );
  setHandler(
    editConfiguration,
    async (command) => {
      keep('edit', command);
      if (input.silent) await condition(() => false);
      if (known) known.job.execution_config = { ...command.configuration };
      return { changed: [], retried: command.retry ? ['menuImport'] : [] };
    },
    validator('edit'),
  );
  setHandler(giveUp, (command) => {
    keep('giveUp', command);
    closed = true;
    return { status: 'failed' as const };
  });
  setHandler(republish, (command) => {
    keep('republish', command);
    return { revision: 7 };
  });
  setHandler(registrationRecord, () => {
    if (!known) throw ApplicationFailure.nonRetryable('no record');
    return known;
  });
  await condition(() => closed);
}

export async function batchWorkflow(input: StubInput): Promise<void> {
  const { validator, keep } = desk(input);
  setHandler(
    pauseBatch,
    (command) => {
      keep('pause', command);
      return { paused: true };
    },
    validator('pause'),
  );
  setHandler(resumeBatch, (command) => {
    keep('resume', command);
    return { paused: false };
  });
  await condition(() => false);
}
