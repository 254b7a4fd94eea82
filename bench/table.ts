/** `npm run bench:table -- FILE`: the Markdown tables of a report that the bench wrote. */
import { readFileSync } from 'node:fs';
import { tables, type Report } from './figures';

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('npm run bench:table -- FILE, as npm run bench -- --json FILE wrote it\n');
  process.exitCode = 1;
} else {
  process.stdout.write(`${tables(JSON.parse(readFileSync(file, 'utf8')) as Report)}\n`);
}
