/** The audit trail in plain words. Pure; a kind that is not known here is told by its own name. */
import { SUB_STEPS, type SubStepKey } from '../../../../../domain/sub-steps';
import type { JobEvent } from '../../api/types';
import { wordsOf } from './setting-sections';

type Told = Pick<JobEvent, 'kind' | 'data'>;

const WORDS: Record<string, string> = {
  batch_created: 'The batch was made',
  start_requested: 'The batch was started',
  'batch.paused': 'The batch was paused',
  'batch.resumed': 'The batch was resumed',
  cancel_requested: 'It was cancelled',
  job_closed: 'It was closed',
  'job.given_up': 'It was given up',
  'configuration.edited': 'The settings were changed',
  'step.retried': 'A step was run again',
  'extraction.waiting_again': 'The extraction is waited for once more',
  'extraction.gone_on_without': 'It went on without the extraction',
  'menu.arrived': 'The menu arrived',
  'credentials.revealed': 'A password was shown',
  'record.republished': 'The record was built anew',
};

/** What was answered; runs from before it was noted say only that something was. */
const ANSWERS: Record<string, string> = {
  company: 'The company was chosen',
  no_match: 'It was said that no company matches',
  manual: 'The company was entered by hand',
  search_again: 'A new search of the register was asked for',
  configuration: 'The settings were confirmed',
};

function answerWords({ kind, data }: Told): string | null {
  const isTaken = kind === 'decision.applied';
  if (!isTaken && kind !== 'decision.ignored') return null;
  const words = ANSWERS[String(data['answer'])] ?? 'A question was answered';
  return isTaken ? words : `${words}, but too late`;
}

export function eventWords(event: Told): string {
  const { kind, data } = event;
  const key = data['sub_step'];
  const label = typeof key === 'string' && key in SUB_STEPS ? SUB_STEPS[key as SubStepKey].label : null;
  const words = answerWords(event) ?? WORDS[kind] ?? wordsOf(kind.replace(/\./g, ' '));
  return label === null ? words : `${words}: ${label}`;
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Told by the sentence itself. */
const IN_WORDS: ReadonlySet<string> = new Set(['sub_step', 'answer']);

/** What else is known of it, in one line; null: nothing. An id tells a person nothing, and what is not so need not be said. */
export function eventDetail({ data }: Told): string | null {
  const parts = Object.entries(data).flatMap(([name, value]) =>
    IN_WORDS.has(name) ||
    value === null ||
    value === false ||
    typeof value === 'object' ||
    ID.test(String(value))
      ? []
      : [`${wordsOf(name).toLowerCase()}: ${String(value)}`],
  );
  return parts.length > 0 ? parts.join(' · ') : null;
}
