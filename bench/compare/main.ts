import { readFileSync, writeFileSync } from 'node:fs';
import { listenForInterrupt } from '../../dev/commands/interrupt';
import { runCommand } from '../../dev/commands/process';
import { compare } from './compare';
import { compareHelp, parseCompare } from './options';
import { markdown, type CompareReport } from './report';

// What `npm run bench:compare` runs. Exit codes: 0 all that can run here was measured, 1 something failed, 130 interrupted.

async function main(): Promise<number> {
  const options = parseCompare(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(`${compareHelp()}\n`);
    return 0;
  }
  if (options.table !== undefined) {
    process.stdout.write(`${markdown(JSON.parse(readFileSync(options.table, 'utf8')) as CompareReport)}\n`);
    return 0;
  }
  const interrupt = listenForInterrupt(() => process.exit(130));
  try {
    const report = await compare(options, interrupt.signal, (line) => void process.stderr.write(`${line}\n`));
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    process.stdout.write(`\n${markdown(report)}\n`);
    return report.candidates.some(({ trouble }) => trouble !== undefined) ? 1 : 0;
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  }
}

runCommand(main, () => Promise.resolve());
