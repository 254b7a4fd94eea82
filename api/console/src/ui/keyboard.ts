/** Keys that act wherever the focus is, unless somebody writes. */
import { useEffect, useEffectEvent } from 'react';

/** @param onKey May be another function at each render; null: keys are left alone. */
export function useKeyDown(onKey: ((event: KeyboardEvent) => void) | null): void {
  const newest = useEffectEvent((event: KeyboardEvent) => onKey?.(event));
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => newest(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);
}

/** In a field that takes text; radio buttons and checkboxes do not. */
export const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
    (target instanceof HTMLInputElement && !['radio', 'checkbox'].includes(target.type)));

/** Notes at the edge of the page are alert dialogs too, but one works on beside them. */
const OPEN_DIALOG = ':is([role="dialog"], [role="alertdialog"]):not([aria-modal="false"])';

/** A key alone, outside of fields and dialogs. */
export const isShortcut = (event: KeyboardEvent): boolean =>
  !isTyping(event) &&
  !event.ctrlKey &&
  !event.metaKey &&
  !event.altKey &&
  document.querySelector(OPEN_DIALOG) === null;
