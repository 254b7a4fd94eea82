import { notify } from '../../ui';
import { verdictsOf } from './choose';

/** What to tell of an answer that was sent. One that was not taken, since somebody was first, is told as what it is and stays until it is read. */
export function tell(isTaken: boolean, sentence: string): string | null {
  if (isTaken) return sentence;
  notify.failed(sentence);
  return null;
}

/** Of an answer about one restaurant. */
export function tellVerdict(answer: Parameters<typeof verdictsOf>[0], taken: string): string | null {
  const [verdict] = verdictsOf(answer);
  return verdict ? tell(verdict.isTaken, verdict.sentence.replace('Taken.', taken)) : null;
}
