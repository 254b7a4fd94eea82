/** Loaded into a process that is measured (`--expose-gc --require`), and so into each of its threads: what it holds is then what it needs. */
export const COLLECTED_EACH_MS = 1_000;

if (typeof gc === 'function') {
  const collect = gc;
  setInterval(() => void collect(), COLLECTED_EACH_MS).unref();
}
