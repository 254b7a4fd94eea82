/** The migrations that this code was written for: those beside its package.json, in the sources and in whatever is deployed. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder beside package.json, whether this file runs from the sources or from dist/. */
export function migrationsDir(): string {
  for (let dir = __dirname; dir !== dirname(dir); dir = dirname(dir)) {
    const candidate = join(dir, 'migrations');
    if (existsSync(join(dir, 'package.json')) && existsSync(candidate)) return candidate;
  }
  throw new Error('The folder migrations/ is missing beside package.json.');
}

/** Their versions, as dbmate and the Supabase CLI note them, in order. */
export function migrationVersions(): string[] {
  const names = readdirSync(migrationsDir()).filter((name) => name.endsWith('.sql'));
  return names.map((name) => name.split('_', 1)[0] as string).sort();
}
