/** `SERVICE_TOKENS`: other systems that may call the API, each by the hash of its token. */
import { z } from 'zod';

/** What such a token may be given; the API's table of access says what each means. */
export const SERVICE_ACCESS = ['read', 'create'] as const;

const serviceSchema = z.strictObject({
  /** Stands in the audit trail as `service:<name>`. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,49}$/, 'use small letters, digits and hyphens'),
  /** With `all`, each request names one in `X-Organisation-Id`. */
  organisation: z.union([z.guid().transform((id) => id.toLowerCase()), z.literal('all')]),
  may: z.array(z.enum(SERVICE_ACCESS)).min(1),
  /** Hex SHA-256 of the token; of two while one follows the other. */
  sha256: z
    .array(z.string().regex(/^[0-9a-f]{64}$/i, 'give 64 hexadecimal digits'))
    .min(1)
    .max(2, 'two tokens are valid at a time, no more'),
});
export type ServiceToken = z.infer<typeof serviceSchema>;

/** `SERVICE_TOKENS`: a JSON list. Nothing of its text stands in the messages. */
export const serviceTokensSetting = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.array(serviceSchema))
  .refine((services) => distinct(services.map(({ name }) => name)), 'a name stands there twice')
  .refine(
    (services) => distinct(services.flatMap(({ sha256 }) => sha256.map((hash) => hash.toLowerCase()))),
    'a token stands there twice',
  );

const distinct = (values: readonly string[]): boolean => new Set(values).size === values.length;
