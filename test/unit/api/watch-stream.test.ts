import { Writable } from 'node:stream';
import { formatEvent, parsePosition } from '../../../api/watch/events';
import { EventStream } from '../../../api/watch/stream';

/** Takes a chunk only when it is told to, as a client's socket does. */
class SlowSocket extends Writable {
  readonly taken: string[] = [];
  isStuck = false;
  private release: (() => void) | null = null;

  constructor() {
    super({ highWaterMark: 500 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.taken.push(chunk.toString());
    if (this.isStuck) this.release = done;
    else done();
  }

  flow(): void {
    this.isStuck = false;
    this.release?.();
  }
}

const event = (id: number) => ({ id, type: 'job' as const, data: { filler: 'x'.repeat(600) } });

function open(options: { expiresInMs?: number } = {}) {
  const socket = new SlowSocket();
  const told: string[] = [];
  const stream = new EventStream(socket, {
    position: null,
    heartbeatMs: 1_000,
    stallMs: 5_000,
    expiresAt: Date.now() + (options.expiresInMs ?? 3_600_000),
    onDrain: () => told.push('drain'),
    onClose: () => told.push('close'),
  });
  return { socket, stream, told };
}

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
afterEach(() => jest.useRealTimers());
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a client that takes nothing is passed over, and asks for more once it has taken what it had', async () => {
  const { socket, stream, told } = open();
  socket.isStuck = true;
  stream.take([event(1)]);
  expect(stream.isReady()).toBe(false);
  jest.advanceTimersByTime(4_000);
  expect(socket.writableLength).toBeLessThan(1_000); // no signs of life pile up behind it
  socket.flow();
  await turn();
  expect([stream.isReady(), told]).toEqual([true, ['drain']]);
  jest.advanceTimersByTime(60_000);
  expect(socket.destroyed).toBe(false);
});

test('a client that goes on taking nothing is let go', async () => {
  const { socket, stream, told } = open();
  socket.isStuck = true;
  stream.take([event(1)]);
  jest.advanceTimersByTime(5_000);
  await turn();
  expect([socket.destroyed, stream.isReady(), told]).toEqual([true, false, ['close']]);
});

test('an end does not wait behind what a client does not take', () => {
  const { socket, stream } = open();
  socket.isStuck = true;
  stream.take([event(1)]);
  stream.end();
  expect(socket.destroyed).toBe(true);
});

test('signs of life come until the token runs out, and then the end', async () => {
  const { socket, told } = open({ expiresInMs: 2_500 });
  jest.advanceTimersByTime(2_400);
  expect(socket.taken.filter((text) => text.startsWith(':'))).toHaveLength(2);
  jest.advanceTimersByTime(100);
  await turn();
  expect([socket.writableEnded, told]).toEqual([true, ['close']]);
});

test('once the client is gone nothing is left running', async () => {
  const { socket, stream, told } = open();
  socket.destroy(new Error('reset by peer'));
  await turn();
  expect([told, jest.getTimerCount()]).toEqual([['close'], 0]);
  stream.take([event(1)]);
  stream.end();
  expect(told).toEqual(['close']);
});

test('an event is one block, whatever its data are', () => {
  const text = formatEvent({ id: 7, type: 'job', data: { name: 'two\n\nlines\r' } });
  expect(text).toBe('id: 7\nevent: job\ndata: {"name":"two\\n\\nlines\\r"}\n\n');
});

test.each([
  ['1764000000000001', 1_764_000_000_000_001],
  ['0', 0],
  [undefined, null],
  ['', null],
  ['1.5', null],
  ['-3', null],
  ['9999999999999999', null],
  ['12 ', null],
])('the position %p is %p', (header, position) => {
  expect(parsePosition(header)).toBe(position);
});
