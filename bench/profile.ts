/** `npm run bench:profile -- DIR`: where the CPU of the profiles in a folder went, by package or part of this project. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const cpuProfile = z.object({
  nodes: z
    .object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
    })
    .array(),
  samples: z.number().array(),
  /** Microseconds between the samples. */
  timeDeltas: z.number().array(),
});
export type CpuProfile = z.infer<typeof cpuProfile>;

const SHOWN = 12;

/** What a function belongs to; null: the thread did nothing. */
function partOf({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string | null {
  if (functionName === '(idle)') return null;
  if (url === '') return functionName.startsWith('(') ? functionName : 'built in';
  const [, dependency] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (dependency !== undefined) return dependency;
  if (url.startsWith('node:')) return url.split('/')[0] ?? url;
  const [, own] = /\/dist\/([^/]+)\//.exec(url) ?? [];
  return own === undefined ? path.basename(url) : `our ${own}`;
}

/** Milliseconds of each part, those of its callees not counted; most first. */
export function timesByPart(profiles: readonly CpuProfile[]): [part: string, ms: number][] {
  const times = new Map<string, number>();
  for (const { nodes, samples, timeDeltas } of profiles) {
    const parts = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
    for (const [at, id] of samples.entries()) {
      const part = parts.get(id) ?? null;
      if (part !== null) times.set(part, (times.get(part) ?? 0) + (timeDeltas[at] ?? 0) / 1_000);
    }
  }
  return [...times].sort(([, a], [, b]) => b - a);
}

function main(dir: string): void {
  const files = readdirSync(dir).filter((name) => name.endsWith('.cpuprofile'));
  // CPU.<date>.<time>.<process>.<thread>.<number>.cpuprofile; thread 0 is the main one.
  const isMain = (file: string): boolean => file.split('.')[4] === '0';
  for (const [name, some] of [
    ['main thread', files.filter(isMain)],
    ['threads of workflows', files.filter((file) => !isMain(file))],
  ] as const) {
    const profiles = some.map((file) =>
      cpuProfile.parse(JSON.parse(readFileSync(path.join(dir, file), 'utf8'))),
    );
    const times = timesByPart(profiles);
    const total = times.reduce((sum, [, ms]) => sum + ms, 0);
    process.stdout.write(`${name}: ${(total / 1_000).toFixed(1)} s busy\n`);
    for (const [part, ms] of times.slice(0, SHOWN))
      process.stdout.write(`  ${((ms / total) * 100).toFixed(1).padStart(5)} %  ${part}\n`);
  }
}

if (require.main === module) {
  const [dir] = process.argv.slice(2);
  if (dir === undefined) {
    process.stderr.write('npm run bench:profile -- DIR\n');
    process.exitCode = 1;
  } else main(dir);
}
