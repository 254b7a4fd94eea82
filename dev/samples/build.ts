/**
 * Writes restaurants.json, the twelve restaurants of the demo, and the small example of a batch as CSV. Run it after a
 * change with `npm run build && node dist/dev/samples/build.js && npx prettier --write dev/samples`. All names, numbers and addresses are invented.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeMenuCsv } from '../../domain/menu-csv';
import { PROJECT_ROOT } from '../stack/paths';
import { csvExample, MENU_EXAMPLES } from './csv-example';
import { sampleRestaurants } from './twelve';

const SAMPLES = path.join(PROJECT_ROOT, 'dev', 'samples');

/** An object that holds no other one, as JSON.stringify spreads it over lines; lists of plain values may be in it. */
const FLAT_OBJECT = /\{\n\s+((?:[^{}[\]]|\[[^[\]{}]*\])*?)\n\s+\}/g;

/** One line for each dish and each day; prettier leaves them so where they fit. */
export function sampleJson(): string {
  const spread = JSON.stringify(sampleRestaurants(), null, 2);
  return `${spread.replace(FLAT_OBJECT, (_, inner: string) => `{ ${inner.replace(/\n\s+/g, ' ')} }`)}\n`;
}

function main(): void {
  writeFileSync(path.join(SAMPLES, 'restaurants.json'), sampleJson());
  writeFileSync(path.join(SAMPLES, 'batch-example.csv'), csvExample());
  for (const { file, dishes } of MENU_EXAMPLES)
    writeFileSync(path.join(SAMPLES, file), writeMenuCsv(dishes()));
}

if (require.main === module) main();
