/** What it costs that the embedded engine keeps its data: the product on the development server with a file, and in memory. */
import { inMemoryServer } from '../../dev/stack/temporal';
import { BenchWorld } from '../bench-world';
import type { Measure } from '../measure';
import { figure } from '../statistics';
import { playBatch, type Run } from './throughput';

export const engine: Measure = {
  name: 'engine',
  usual: { alone: { restaurants: 100, repeats: 1 }, among: { restaurants: 12, repeats: 1 } },
  async run({ restaurants: size, say }) {
    const onFile = await BenchWorld.start();
    try {
      const inMemory = await BenchWorld.start({ engine: inMemoryServer });
      try {
        const play = async (world: BenchWorld, seed: number): Promise<Run> => {
          const run = await playBatch(world, size, seed);
          say(`${run.perSecond.toFixed(1)}/s, ${run.cpuMs.temporal.toFixed(0)} ms of the server each`);
          return run;
        };
        for (const world of [onFile, inMemory]) await playBatch(world, Math.min(20, size), 1);
        const file = await play(onFile, 2);
        const memory = await play(inMemory, 2);
        return {
          how: `Batches of ${size}, one after the other, on a server with a file (journal_mode=WAL, synchronous=NORMAL) and on one without`,
          rows: [
            { name: 'on a file', figure: figure('/s', [file.perSecond]) },
            { name: 'in memory', figure: figure('/s', [memory.perSecond]) },
            {
              name: 'on a file ÷ in memory, registrations a second',
              figure: figure('', [file.perSecond / memory.perSecond]),
              goal: { atLeast: 0.95 },
            },
            { name: 'CPU of the server each, on a file', figure: figure('ms', [file.cpuMs.temporal]) },
            { name: 'CPU of the server each, in memory', figure: figure('ms', [memory.cpuMs.temporal]) },
            {
              name: 'on a file ÷ in memory, CPU of the server',
              figure: figure('', [file.cpuMs.temporal / memory.cpuMs.temporal]),
              goal: { atMost: 1.05 },
            },
          ],
        };
      } finally {
        await inMemory.end();
      }
    } finally {
      await onFile.end();
    }
  },
};
