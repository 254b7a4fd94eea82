import { Callout } from './Layout';

/** Beside what could not be done: why not, read out at once. Nothing while there is no failure. */
export function FailureNote({ error }: { error: Error | null }) {
  return error ? (
    <Callout tone="bad" isUrgent>
      {error.message}
    </Callout>
  ) : null;
}
