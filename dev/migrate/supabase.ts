/**
 * `npm run supabase:migrations`: writes `supabase/migrations` from `migrations`. The Supabase CLI runs a file as a whole, so it must not
 * see how a migration is taken back. `--check` writes nothing and fails on what is not as it would be written.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { migrationsDir } from '../../domain/migrations';

const DOWN = /^-- migrate:down.*$/m;
const UP = /^-- migrate:up.*\n/;
/** What dbmate runs outside of a transaction; the CLI has no such mark. */
const OPTIONS = /^-- migrate:(?:up|down)[^\S\n]+\S/m;

/** The part that applies a migration. Throws when the file cannot be told apart into its two parts. */
export function upPart(name: string, text: string): string {
  if (!UP.test(text)) throw new Error(`${name} does not begin with "-- migrate:up"`);
  if (!DOWN.test(text)) throw new Error(`${name} has no "-- migrate:down"`);
  if (OPTIONS.test(text))
    throw new Error(`${name} has options behind its marks, which the Supabase CLI does not know`);
  const up = text.replace(UP, '').split(DOWN)[0] as string;
  return `-- Made from migrations/${name} by \`npm run supabase:migrations\`: change that file, not this one.\n${up.trimEnd()}\n`;
}

/** By file name, in the order in which they are applied. */
export function supabaseMigrations(dir: string = migrationsDir()): ReadonlyMap<string, string> {
  const names = readdirSync(dir).filter((name) => name.endsWith('.sql'));
  return new Map(
    names.sort().map((name) => [name, upPart(name, readFileSync(path.join(dir, name), 'utf8'))]),
  );
}

/** Names of the files in `target` that are missing, different, or from no migration. */
export function outdated(target: string, wanted: ReadonlyMap<string, string>): string[] {
  const present = new Map(
    readdirSync(target).map((name) => [name, readFileSync(path.join(target, name), 'utf8')]),
  );
  return [...new Set([...wanted.keys(), ...present.keys()])].filter(
    (name) => wanted.get(name) !== present.get(name),
  );
}

function main(args: readonly string[]): void {
  const target = path.join(path.dirname(migrationsDir()), 'supabase', 'migrations');
  const wanted = supabaseMigrations();
  mkdirSync(target, { recursive: true });
  const names = outdated(target, wanted);
  if (args.includes('--check')) {
    if (names.length === 0) return;
    throw new Error(`Run npm run supabase:migrations: not up to date are ${names.join(', ')}`);
  }
  for (const name of names) {
    const text = wanted.get(name);
    if (text === undefined) rmSync(path.join(target, name));
    else writeFileSync(path.join(target, name), text);
  }
  process.stdout.write(`${wanted.size} migrations, ${names.length} written anew\n`);
}

if (require.main === module) main(process.argv.slice(2));
