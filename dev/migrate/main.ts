/** `npm run migrate`: brings the database that `DATABASE_URL` names to the newest schema. Part of the image. */
import { z } from 'zod';
import { readSettings } from '../../domain/settings';
import { migrate } from './migrate';

const settings = z.object({
  /** Of a role that may create tables there. PostgreSQL itself, or a pooler in session mode. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
});

async function main(): Promise<void> {
  const { DATABASE_URL } = readSettings(settings, process.env);
  let applied = 0;
  await migrate(DATABASE_URL, {
    log: (line) => {
      applied += line.startsWith('Applied:') ? 1 : 0;
      process.stdout.write(`${line}\n`);
    },
  });
  process.stdout.write(applied > 0 ? `${applied} migrations applied\n` : 'The schema is up to date\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
