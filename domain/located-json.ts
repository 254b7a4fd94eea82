/** Where a value stands in a JSON text: `JSON.parse` forgets it, and people must find their bad row again. */

export interface Place {
  /** From 1. */
  line: number;
  /** Characters, from 1. */
  column: number;
}

interface Node {
  at: number;
  children: Map<string, Node>;
}

/** Thrown inside alone: the offset at which the text stops being JSON. */
class SyntaxProblem extends Error {
  constructor(readonly at: number) {
    super(`not JSON at ${at}`);
  }
}

const MAX_DEPTH = 200;
const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

class Scanner {
  private at = 0;
  constructor(private readonly text: string) {}

  document(): Node {
    const node = this.value(0);
    this.skip(SPACE);
    if (this.at < this.text.length) throw new SyntaxProblem(this.at);
    return node;
  }

  private skip(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const [match] = pattern.exec(this.text) ?? [];
    if (match === undefined) return null;
    this.at += match.length;
    return match;
  }

  private expect(pattern: RegExp): string {
    const match = this.skip(pattern);
    if (match === null) throw new SyntaxProblem(this.at);
    return match;
  }

  /** Takes the sign if it is next. */
  private sign(sign: string): boolean {
    this.skip(SPACE);
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  private value(depth: number): Node {
    if (depth > MAX_DEPTH) throw new SyntaxProblem(this.at);
    this.skip(SPACE);
    const node: Node = { at: this.at, children: new Map() };
    if (this.sign('{')) {
      this.members('}', () => {
        this.skip(SPACE);
        const key = JSON.parse(this.expect(STRING)) as string;
        if (!this.sign(':')) throw new SyntaxProblem(this.at);
        node.children.set(key, this.value(depth + 1));
      });
    } else if (this.sign('[')) {
      this.members(']', (i) => node.children.set(String(i), this.value(depth + 1)));
    } else if (this.skip(STRING) === null) {
      this.expect(SCALAR);
    }
    return node;
  }

  private members(end: string, member: (i: number) => void): void {
    if (this.sign(end)) return;
    for (let i = 0; ; i += 1) {
      member(i);
      if (this.sign(end)) return;
      if (!this.sign(',')) throw new SyntaxProblem(this.at);
    }
  }
}

/** Offsets to places; looks for the line ends once. */
function placesIn(text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

export type LocatedJson =
  | {
      ok: true;
      value: unknown;
      /** The place of the value under a path, or of the nearest thing around it that is there. */
      locate: (path: readonly PropertyKey[]) => Place;
    }
  | { ok: false; place: Place };

/** `JSON.parse` that knows its places. Nested deeper than 200: refused at that place. */
export function parseLocatedJson(text: string): LocatedJson {
  const placeOf = placesIn(text);
  let root: Node;
  try {
    root = new Scanner(text).document();
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return { ok: false, place: placeOf(error.at) };
  }
  const locate = (path: readonly PropertyKey[]): Place => {
    let node = root;
    for (const key of path) {
      const child = node.children.get(String(key));
      if (!child) break;
      node = child;
    }
    return placeOf(node.at);
  };
  return { ok: true, value: JSON.parse(text) as unknown, locate };
}
