/** Live progress: redrawn in place on a terminal, else one line a change. */
import { logLine, mostInteresting, progressLines, summaryLine, type JobView } from './progress';
import { fit, painter, type Paint } from './text';

/** What the demo needs of process.stdout. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

const USUAL = { columns: 100, rows: 24 };
/** Beyond this many restaurants a log shows the sums alone. */
const MOST_LOGGED = 50;

export class Screen {
  readonly paint: Paint;
  private readonly inPlace: boolean;
  private drawn = 0;
  private readonly logged = new Map<string, string>();
  private lastSummary = '';

  constructor(
    private readonly output: Output,
    env: NodeJS.ProcessEnv,
    private readonly elapsedSeconds: () => number,
  ) {
    this.inPlace = output.isTTY === true && env['TERM'] !== 'dumb';
    this.paint = painter(this.inPlace && !env['NO_COLOR']);
  }

  /** Lines of a log may be as long as they are. */
  get width(): number {
    return this.inPlace ? (this.output.columns ?? USUAL.columns) : Infinity;
  }

  /** A line that stays, above what is redrawn. */
  say(line: string): void {
    this.erase();
    this.output.write(`${line}\n`);
  }

  show(views: readonly JobView[]): void {
    if (this.inPlace) this.redraw(views);
    else this.log(views);
  }

  /** What is drawn now stays. */
  keep(): void {
    this.drawn = 0;
  }

  private redraw(views: readonly JobView[]): void {
    const rows = Math.max(1, (this.output.rows ?? USUAL.rows) - 2);
    // One cell is left free: a full last column makes some terminals wrap.
    const lines = progressLines(mostInteresting(views, rows), this.width - 1, this.paint);
    const all = [
      ...lines,
      fit(`${summaryLine(views)}  ${this.elapsedSeconds().toFixed(0)} s`, this.width - 1),
    ];
    this.erase();
    this.output.write(all.map((line) => `${line}\n`).join(''));
    this.drawn = all.length;
  }

  private erase(): void {
    if (this.drawn > 0) this.output.write(`\u001B[${this.drawn}A\u001B[0J`);
    this.drawn = 0;
  }

  private log(views: readonly JobView[]): void {
    const at = `${this.elapsedSeconds().toFixed(1).padStart(6)} s  `;
    if (views.length > MOST_LOGGED) {
      const summary = summaryLine(views);
      if (summary !== this.lastSummary) this.output.write(`${at}${summary}\n`);
      this.lastSummary = summary;
      return;
    }
    for (const view of views) {
      const line = logLine(view);
      if (this.logged.get(view.jobId) === line) continue;
      this.logged.set(view.jobId, line);
      this.output.write(`${at}${line}\n`);
    }
  }
}
