/** Whether what is shown is what there is: one state for the whole page, told by the shell. */
import { onlineManager } from '@tanstack/react-query';

export type Connection =
  | { state: 'live' }
  /** What is shown may be old. */
  | { state: 'lost'; since: number };

class ConnectionStore {
  private current: Connection = { state: 'live' };
  private readonly lost = new Set<string>();
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly get = (): Connection => this.current;

  /** @param source What has noticed it: a stream, the queries. */
  report(source: string, isUp: boolean): void {
    if (isUp) this.lost.delete(source);
    else this.lost.add(source);
    const isLost = this.lost.size > 0;
    if (isLost === (this.current.state === 'lost')) return;
    this.current = isLost ? { state: 'lost', since: Date.now() } : { state: 'live' };
    for (const listener of this.listeners) listener();
  }
}

export const connection = new ConnectionStore();

/** The browser's own word is taken when it says that there is no network; that there is one means nothing. */
onlineManager.subscribe((isOnline) => connection.report('network', isOnline));
