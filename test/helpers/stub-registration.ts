/**
 * The product's batch with registrations that do nothing but take their turn in step 6: what tests of turns, and of a thousand
 * children, need of them.
 */
import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { RegistrationInput, RegistrationResult } from '../../workflows/messages';
import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { batchWorkflowId } from '../../domain/ids';
import { step6Requested } from '../../workflows/messages';
import { Alarm } from '../../workflows/alarm';
import { Step6Turn } from '../../workflows/step6-turn';

export { batchWorkflow } from '../../workflows/batch';

/** What the test has a registration do: end, wait for a person, or go on after it did. */
export type Order = 'complete' | 'fail' | 'rest' | 'retry';
export const order = defineSignal<[Order]>('order');

export interface StubState {
  /** Turns that it was granted. */
  turns: number;
  resting: boolean;
  note: string | null;
  /** What it would have published while it took its turn. */
  published: (string | null)[];
  /** Type of the failure that kept it from its turn. */
  refused: string | null;
}
export const stubState = defineQuery<StubState>('stub');

/** In a batch of this name registrations ask and complete by themselves, each after up to so many milliseconds. */
export const BY_ITSELF = /^By itself, within (\d+) ms$/;
/** One of this name asks as a run that is gone would have, and does nothing more. */
export const OF_A_FORMER_RUN = 'Asked by a former run';

export async function registrationWorkflow(input: RegistrationInput): Promise<RegistrationResult> {
  const state: StubState = { turns: 0, resting: false, note: null, published: [], refused: null };
  const orders: Order[] = [];
  const run = {
    input,
    get note() {
      return state.note;
    },
    set note(note) {
      state.note = note;
    },
    changed: () => void state.published.push(state.note),
    record: { carriedBy: <T>(call: () => Promise<T>) => call() },
    alarm: new Alarm(),
  };
  const turn = new Step6Turn(run);
  setHandler(order, (given) => void orders.push(given));
  setHandler(stubState, () => state);
  if (input.restaurantName === OF_A_FORMER_RUN) return askAsFormerRun(input, orders);
  const within = BY_ITSELF.exec(input.batchName)?.[1];
  if (within !== undefined) await sleep(Math.ceil(Math.random() * Number(within)));
  for (;;) {
    await takeOrRefuse(turn, state);
    if (within !== undefined) {
      await sleep(Math.ceil(Math.random() * Number(within)));
      return { status: 'completed' };
    }
    await condition(() => orders.length > 0);
    const given = orders.shift();
    if (given === 'complete') return { status: 'completed' };
    if (given === 'fail') return { status: 'failed' };
    await turn.rest();
    state.resting = true;
    await condition(() => orders.shift() === 'retry');
    state.resting = false;
  }
}

async function takeOrRefuse(turn: Step6Turn, state: StubState): Promise<void> {
  try {
    await turn.take();
    state.turns += 1;
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ApplicationFailure)) throw error;
    state.refused = error.type ?? null;
  }
}

async function askAsFormerRun(
  { jobId, batchId }: RegistrationInput,
  orders: Order[],
): Promise<RegistrationResult> {
  const request = { jobId, requestId: 'former-run:1' };
  await getExternalWorkflowHandle(batchWorkflowId(batchId)).signal(step6Requested, request);
  await condition(() => orders.length > 0);
  return { status: 'completed' };
}
