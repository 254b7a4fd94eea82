/** `npm run migrate`: brings the database that `DATABASE_URL` names to the newest schema. Part of the image. */
import { z } from 'zod';
import { readSettings } from '../../domain/settings';
import { runTool } from '../tool/run-tool';
import { migrate } from './migrate';

const settings = z.object({
  /** Of a role that may create tables there. PostgreSQL itself, or a pooler in session mode. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
});

runTool(async (_args, { env, print }) => {
  const { DATABASE_URL } = readSettings(settings, env);
  let applied = 0;
  await migrate(DATABASE_URL, {
    log: (line) => {
      applied += line.startsWith('Applied:') ? 1 : 0;
      print(line);
    },
  });
  print(applied > 0 ? `${applied} migrations applied` : 'The schema is up to date');
  return 0;
});
