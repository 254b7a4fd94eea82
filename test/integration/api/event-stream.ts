/** A client of server-sent events for these tests: hands out one event after the other. */

export interface ReceivedEvent {
  id: number;
  type: string;
  data: Record<string, unknown>;
}

export interface OpenStream {
  /** The next event; throws when the stream ends instead. */
  next(): Promise<ReceivedEvent>;
  /** The next event of this type, those before it thrown away. */
  nextOf(type: string): Promise<ReceivedEvent>;
  /** Waits for the server to end the stream properly; throws when it breaks off. Answers what still came. */
  ended(): Promise<ReceivedEvent[]>;
  /** Everything so far as it came, comments too. */
  raw(): string;
  close(): void;
}

export async function openStream(
  url: string,
  token: string,
  lastEventId?: number | string,
): Promise<OpenStream> {
  const stop = new AbortController();
  const response = await fetch(url, {
    signal: stop.signal,
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
    },
  });
  if (response.status !== 200 || !response.body) {
    throw new Error(`The stream was refused: ${response.status} ${await response.text()}`);
  }
  let raw = '';
  const events = parse(response.body, (text) => (raw += text));
  const next = async (): Promise<ReceivedEvent> => {
    const { value, done } = await events.next();
    if (done) throw new Error('The stream has ended.');
    return value;
  };
  return {
    next,
    nextOf: async (type) => {
      for (;;) {
        const event = await next();
        if (event.type === type) return event;
      }
    },
    ended: async () => {
      const rest: ReceivedEvent[] = [];
      for await (const event of events) rest.push(event);
      return rest;
    },
    raw: () => raw,
    close: () => stop.abort(),
  };
}

async function* parse(
  body: ReadableStream<Uint8Array>,
  onText: (text: string) => void,
): AsyncGenerator<ReceivedEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true });
    onText(text);
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
      const data = fields.get('data');
      if (data === undefined) continue;
      yield {
        id: Number(fields.get('id')),
        type: fields.get('event') ?? 'message',
        data: JSON.parse(data) as Record<string, unknown>,
      };
    }
  }
}
