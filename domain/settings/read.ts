/** Reading settings from the environment: everything that is missing or wrong is listed in one message. */
import { z } from 'zod';

export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`These settings are missing or wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** As `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Without the variables that are empty: they count as absent. */
export function givenIn(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
}

/**
 * The environment through a schema whose keys are the names of the variables. An empty variable counts as absent.
 * @throws SettingsError naming every variable that is missing or wrong; values are never repeated, they may be secret
 */
export function readSettings<T extends z.ZodType>(schema: T, env: Environment): z.infer<T> {
  const given = givenIn(env);
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    parsed.error.issues.map((issue) => {
      const name = issue.path.join('.');
      return given[name] === undefined ? `${name} is missing` : `${name}: ${issue.message}`;
    }),
  );
}

/**
 * Several readings at once, so that one error tells the problems of all.
 * @throws SettingsError
 */
export function readTogether<T extends Record<string, () => unknown>>(
  readings: T,
): { [K in keyof T]: ReturnType<T[K]> } {
  const problems: string[] = [];
  const entries = Object.entries(readings).map(([name, read]) => {
    try {
      return [name, read()] as const;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
      return [name, undefined] as const;
    }
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.fromEntries(entries) as { [K in keyof T]: ReturnType<T[K]> };
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
  /** One that we choose ourselves. */
  longSecret: z.string().min(16, 'give at least 16 characters'),
};
