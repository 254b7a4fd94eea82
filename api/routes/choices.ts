/** Step 3's other ways out, one job at a time: search again with other words, or enter the company by hand. */
import { z } from 'zod';
import {
  parseCompanyNumber,
  parseEmail,
  parseIrd,
  parseNzbn,
  parsePhone,
  type Parsed,
} from '../../domain/nz';
import { companyEnteredManually, searchAgain } from '../../workflows/messages';
import { deliver, refuse, acceptedChoice, choicesOutcome, type Choice, type Rejection } from '../decisions';
import { jobToDecideOf, type RouteContext } from '../deps';
import { endpoint } from '../http/endpoint';
import type { WaitingJob } from '../record/jobs';
import { jobParams } from '../schemas';
import { waitsAt } from '../selections';

const MAX_TEXT = 200;

/** A text that the domain's parser normalises or refuses. */
const parsedBy = (parse: (input: string) => Parsed) =>
  z
    .string()
    .max(MAX_TEXT)
    .transform((input, context) => {
      const parsed = parse(input);
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: 'custom', message: parsed.problem });
      return z.NEVER;
    });

const filled = z.string().trim().min(1).max(MAX_TEXT);

/** Forms send an empty text for a field that was left out. */
const optional = <S extends z.ZodType<unknown, string>>(schema: S) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional());

export const manualEntryBody = z.strictObject({
  contact_name: filled,
  full_legal_name: optional(filled),
  contact_email: optional(parsedBy(parseEmail)),
  contact_phone: optional(parsedBy(parsePhone)),
  company_name: optional(filled),
  company_number: optional(parsedBy(parseCompanyNumber)),
  gst_number: optional(parsedBy((input) => parseIrd(input))),
  nzbn: optional(parsedBy(parseNzbn)),
});

export const searchAgainBody = z
  .strictObject({ restaurant_name: optional(filled), street: optional(filled), city: optional(filled) })
  .refine((words) => Object.values(words).some((value) => value !== undefined), {
    message: 'Give at least one of restaurant_name, street and city.',
  });

/** While the search (step 2) or the details (step 4) failed, or step 3 waits: then a person may search again or type the company in. The workflow decides finally. */
export function refuseUnlessCompanyIsOpen(job: WaitingJob): Rejection | null {
  const registerFailed =
    job.status === 'action_required' &&
    job.steps.some(({ step_number, status }) => [2, 4].includes(step_number) && status === 'failed');
  if (registerFailed || waitsAt(job, 3)) return null;
  return refuse(
    job.id,
    'STEP_NOT_ACTION_REQUIRED',
    `This job does not wait for its company (it is ${job.status} at step ${job.current_step}).`,
  );
}

const ERRORS = [
  'JOB_NOT_FOUND',
  'STEP_NOT_ACTION_REQUIRED',
  'INVALID_STATUS',
  'TEMPORAL_UNAVAILABLE',
] as const;

export function choiceRoutes(context: RouteContext): void {
  const { host, record, workflows } = context;

  endpoint(
    host,
    {
      method: 'post',
      path: '/jobs/:jobId/search-again',
      summary: 'Search the register again with other words; the new list replaces the old one',
      tag: 'jobs',
      access: 'answer',
      limit: 'completion',
      params: jobParams,
      body: searchAgainBody,
      answer: acceptedChoice,
      errors: ERRORS,
    },
    async ({ caller, params, body }) => {
      const job = await jobToDecideOf(record, caller, params.jobId);
      return decideOne(context, job, (decisionId) =>
        workflows.signal(job.id, searchAgain, { decisionId, actor: caller.userId, words: body }),
      );
    },
  );

  endpoint(
    host,
    {
      method: 'post',
      path: '/jobs/:jobId/manual-entry',
      summary: "Enter the company's details by hand",
      tag: 'jobs',
      access: 'answer',
      limit: 'completion',
      params: jobParams,
      body: manualEntryBody,
      answer: acceptedChoice,
      errors: ERRORS,
    },
    async ({ caller, params, body }) => {
      const job = await jobToDecideOf(record, caller, params.jobId);
      return decideOne(context, job, (decisionId) =>
        workflows.signal(job.id, companyEnteredManually, { decisionId, actor: caller.userId, details: body }),
      );
    },
  );
}

async function decideOne({ record, settings }: RouteContext, job: WaitingJob, send: Choice['send']) {
  const refused = refuseUnlessCompanyIsOpen(job);
  const delivered = refused
    ? { results: [], rejected: [refused] }
    : await deliver({ eventsById: record.eventsById, waitMs: settings.VERDICT_WAIT_MS }, [
        { jobId: job.id, send },
      ]);
  const [result] = choicesOutcome(delivered, 4).results;
  if (!result) throw new Error('a choice is either rejected or has a result');
  return result;
}
