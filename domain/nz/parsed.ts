/** What every parser of this folder answers. `value` is normalised; `note` is something a person should see; `problem` says why not. */
export type Parsed<T = string> = { ok: true; value: T; note?: string } | { ok: false; problem: string };

export function accept(value: string, note?: string): Parsed {
  return note === undefined ? { ok: true, value } : { ok: true, value, note };
}

export function refuse(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}
