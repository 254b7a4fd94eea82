/** What an operator can do with a job, as the API answers it. */
import { z } from 'zod';
import { jobActions, type JobActions } from '../domain/actions';
import { switchSettingsSchema } from '../domain/configuration';
import { REPAIRS } from '../domain/repair';
import { SUB_STEP_KEYS } from '../domain/sub-steps';
import type { JobDetail } from './record/jobs';

const actionState = z.object({
  possible: z.boolean(),
  /** Why not; of a possible reset `EFFECT_EXISTS`: it needs `effect_removed`. */
  code: z.enum(['INVALID_STATUS', 'STEP_NOT_ACTION_REQUIRED', 'EFFECT_EXISTS']).nullable(),
  sentence: z.string().nullable(),
});

export const actionsAnswer = z.object({
  job: z.record(z.enum(['retry', 'give_up', 'cancel', 'edit_configuration']), actionState),
  /** Null before step 6. */
  sub_steps: z.record(z.enum(SUB_STEP_KEYS), z.record(z.enum(REPAIRS), actionState)).nullable(),
});

export function actionsOf(job: JobDetail): JobActions {
  const { data } = switchSettingsSchema.safeParse(job.execution_config);
  return jobActions({
    status: job.status,
    steps: job.steps,
    sub_steps: job.sub_steps,
    configuration: data ?? null,
  });
}
