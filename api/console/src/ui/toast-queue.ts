/** Short notes about what has just been done or could not be. Nothing that must be read later stands here alone. */
import { UNSTABLE_ToastQueue as ToastQueue } from 'react-aria-components';

export interface ToastNote {
  tone: 'ok' | 'bad' | 'run';
  text: string;
}

export const toasts = new ToastQueue<ToastNote>({ maxVisibleToasts: 4 });

/** Long enough to be read; one that tells of a failure stays until it is closed. */
const SHOWN_MS = 6_000;

export const notify = {
  done: (text: string): void => void toasts.add({ tone: 'ok', text }, { timeout: SHOWN_MS }),
  told: (text: string): void => void toasts.add({ tone: 'run', text }, { timeout: SHOWN_MS }),
  failed: (text: string): void => void toasts.add({ tone: 'bad', text }),
};
