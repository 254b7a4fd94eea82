/** Reading settings from the environment: everything that is missing or wrong is listed in one message. */
import { z } from 'zod';

export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`These settings are missing or wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * The environment through a schema whose keys are the names of the variables. An empty variable counts as absent.
 * @throws SettingsError naming every variable that is missing or wrong; values are never repeated, they may be secret
 */
export function readSettings<T extends z.ZodType>(
  schema: T,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<T> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    parsed.error.issues.map((issue) => {
      const name = issue.path.join('.');
      return given[name] === undefined ? `${name} is missing` : `${name}: ${issue.message}`;
    }),
  );
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

export function isLoopback(url: string): boolean {
  return URL.canParse(url) && LOOPBACK.has(new URL(url).hostname);
}

export const settingTypes = {
  /** A whole number of milliseconds. */
  milliseconds: z.coerce.number().int().min(0),
  positive: z.coerce.number().positive(),
  count: z.coerce.number().int().min(1),
  port: z.coerce.number().int().min(0).max(65_535),
  url: z.url({ protocol: /^https?$/ }),
  flag: z.enum(['true', 'false']).transform((value) => value === 'true'),
  secret: z.string().min(1),
};
