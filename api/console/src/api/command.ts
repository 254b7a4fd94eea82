/**
 * Everything that changes something goes through here: one `Idempotency-Key` for one thing that a person wants, however often it must be
 * sent until an answer comes. So a click that is repeated after a lost answer does not act twice.
 */
import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useRef } from 'react';
import { notify } from '../ui/toast-queue';
import type { ApiFailure } from './failure';
import { isWorthRetrying, retryDelay } from './query-client';

export interface CommandOptions<I, O> {
  /** Sends it; to be given to `headers`: `{ 'Idempotency-Key': key }`. @throws ApiFailure */
  send: (input: I, key: string) => Promise<O>;
  /** What is told when it has worked; null: the page shows it by itself. */
  done?: (result: O, input: I) => string | null;
  /** Queries that show something else now; after a refusal too, which tells that what was shown is no longer so. */
  invalidates?: readonly QueryKey[];
  onDone?: (result: O, input: I) => void;
  /** The page shows the failure beside what was done; else it is told in a toast. */
  showsFailure?: boolean;
}

interface Attempt {
  input: string;
  key: string;
}

export function useCommand<I, O>(options: CommandOptions<I, O>) {
  const queries = useQueryClient();
  // The attempt whose outcome is not known; the same wish sent once more has the same key.
  const open = useRef<Attempt | null>(null);

  const refresh = () =>
    Promise.all((options.invalidates ?? []).map((queryKey) => queries.invalidateQueries({ queryKey })));

  return useMutation<O, ApiFailure, I>({
    mutationFn: (input) => {
      const text = JSON.stringify(input) ?? '';
      if (open.current?.input !== text) open.current = { input: text, key: crypto.randomUUID() };
      return options.send(input, open.current.key);
    },
    retry: (failures, error) => isWorthRetrying(failures, error, 2),
    retryDelay,
    onSuccess: async (result, input) => {
      open.current = null;
      const sentence = options.done?.(result, input) ?? null;
      if (sentence !== null) notify.done(sentence);
      options.onDone?.(result, input);
      await refresh();
    },
    onError: (failure) => {
      if (!failure.retryable) {
        open.current = null;
        void refresh();
      }
      // What asked for it goes from the page at once, and with it where the failure would stand.
      const isGone = failure.code === 'STEP_NOT_ACTION_REQUIRED';
      if (isGone || !options.showsFailure) notify.failed(failure.message);
    },
  });
}
