/**
 * Control characters other than tab and line breaks, halves of a surrogate pair, and U+FFFD (what is left of a byte that
 * was not UTF-8). PostgreSQL refuses some of them, so one of these in a stored text would be refused for ever.
 */
const NOT_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffd\p{Surrogate}]/u;
const NOT_TEXT_ANYWHERE = new RegExp(NOT_TEXT, 'gu');

/** The text as it can be stored and shown: what is not text becomes a blank. */
export function toPlainText(text: string): string {
  return text.replace(NOT_TEXT_ANYWHERE, ' ');
}

/** Whether a text can be stored and shown. */
export function isPlainText(text: string): boolean {
  return !NOT_TEXT.test(text);
}

export const NOT_PLAIN_TEXT = 'This holds a character that is not text.';
