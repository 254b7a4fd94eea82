import { z } from 'zod';

const people = z
  .array(z.object({ id: z.guid(), email: z.email(), role: z.enum(['user', 'admin', 'super_admin']) }))
  .min(1);

/** `[{ "id": …, "email": …, "role": "admin" }]` as JSON: who may sign in without a password in the embedded stack. */
export const developmentPeopleSetting = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('give JSON');
      return z.NEVER;
    }
  })
  .pipe(people);

export type DevelopmentPerson = z.infer<typeof people>[number];
