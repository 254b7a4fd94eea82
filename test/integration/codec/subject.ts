/** A workflow that lets everything through the engine that carries words: what goes in, what comes out, and what fails on the way. */
import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';

export const heard = defineQuery<string[]>('heard');
export const say = defineSignal<[string]>('say');
export const ask = defineUpdate<string, [string]>('ask');
export const end = defineSignal('end');

const { answer } = proxyActivities<{ answer(words: string): Promise<string> }>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '100 milliseconds', backoffCoefficient: 1 },
  summary: 'Koru: the summary of an activity',
});

export async function subject(first: string): Promise<string> {
  const words: string[] = [];
  let ended = false;
  setCurrentDetails(`${first}: current details`);
  setHandler(heard, () => words);
  setHandler(say, (word) => void words.push(word));
  setHandler(end, () => void (ended = true));
  setHandler(ask, async (word) => `${word}, ${await answer(word)}`, {
    validator: (word) => {
      if (word.endsWith('?')) throw ApplicationFailure.create({ message: `${word} was refused` });
    },
  });
  words.push(await answer(first));
  await condition(() => ended);
  throw ApplicationFailure.create({
    type: 'InvalidInput',
    message: `${first}: the end`,
    details: [words],
    cause: new Error(`${first}: the cause`),
  });
}
