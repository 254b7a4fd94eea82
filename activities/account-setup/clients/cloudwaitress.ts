import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { FailureType } from '../../../domain/failures';
import { isPlainText } from '../../../domain/plain-text';
import { sendRequest, type HttpOutcome } from '../../http-client';
import { joinUrl } from './backend-transport';
import { inspectable } from './foreign-text';

export interface CloudWaitressSettings {
  baseUrl: string;
  integratorId: string;
  integratorSecret: string;
  /** What proves the e-mail at the second call: the first call's signature, or a code agreed with the vendor. */
  confirmation: { mode: 'signature' } | { mode: 'code'; code: string };
  /** Of each of the two calls, ms. */
  timeoutMs: number;
}

export interface AccountDetails {
  /** In its original case: it is signed as it is sent. */
  email: string;
  /** E.164. */
  phone: string;
  password: string;
}

/** Between start and verify: what the vendor gave and what confirms it. Shows nothing of either when printed or serialised. */
export class StartedAccount {
  readonly #token: string;
  readonly #confirmationCode: string;
  readonly #password: string | undefined;

  constructor(token: string, confirmationCode: string, password?: string) {
    this.#token = token;
    this.#confirmationCode = confirmationCode;
    this.#password = password;
  }

  /** Whether a text of the vendor's repeats what nobody may keep. */
  isRepeatedIn(text: string): boolean {
    return [this.#token, this.#confirmationCode, this.#password].some(
      (secret) => secret !== undefined && text.includes(secret),
    );
  }

  verifyBody(): { token: string; email_confirmation_code: string } {
    return { token: this.#token, email_confirmation_code: this.#confirmationCode };
  }
}

interface Refusals {
  /** An account with this e-mail is there already: whose, the existing-account rule decides. */
  exists: { kind: 'exists' };
  /** `retryAfterMs` is the vendor's wish; null if it names none. The whole gate waits. */
  throttled: { kind: 'throttled'; retryAfterMs: number | null };
  rejected: { kind: 'rejected' };
  /** An answer that fits no form that we know. */
  contract: { kind: 'contract' };
  /** No answer, or a 5xx; `sent: false` means that the vendor never saw the call. */
  unavailable: { kind: 'unavailable'; sent: boolean };
}
type Refusal = Refusals[keyof Refusals];

export type StartResult = { kind: 'started'; started: StartedAccount } | Refusal;
export type VerifyResult = { kind: 'created'; userId: string | null } | Refusal;

/** What each refusal is in the catalogue; whether a rejection at verify deserves one new start is the caller's to decide. */
export const ACCOUNT_FAILURES: Readonly<Record<Refusal['kind'], FailureType>> = {
  exists: 'AccountExists',
  throttled: 'AccountThrottled',
  rejected: 'AccountRejected',
  contract: 'AccountContractError',
  unavailable: 'AccountUnavailable',
};

export interface CloudWaitressClient {
  /** A side effect and throttled by the vendor: only with a turn of the account gate. */
  start(
    details: AccountDetails & { signal?: AbortSignal | undefined; correlationId?: string },
  ): Promise<StartResult>;
  /** At once after its start. */
  verify(request: {
    started: StartedAccount;
    signal?: AbortSignal | undefined;
    correlationId?: string;
  }): Promise<VerifyResult>;
}

/** The vendor's scheme: lower-case hex of HMAC-SHA256 over e-mail, phone and password with nothing between. */
export function signAccount(integratorSecret: string, { email, phone, password }: AccountDetails): string {
  return createHmac('sha256', integratorSecret).update(`${email}${phone}${password}`, 'utf8').digest('hex');
}

/** Without a separator, characters moved from one field to the next sign alike; so each field must look like itself. */
const detailsSchema = z.object({
  email: z
    .string()
    .max(254)
    .regex(/^[^\s@]+@[^\s@]+$/),
  phone: z.string().regex(/^\+[1-9]\d{6,14}$/),
  password: z
    .string()
    .min(1)
    .regex(/^\P{Cc}+$/u),
});

const answerSchema = z.object({
  outcome: z.number(),
  message: z.string().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  token: z.string().min(1).optional().catch(undefined),
  user_id: z
    .union([z.string().min(1).max(200).refine(isPlainText), z.number().transform(String)])
    .optional()
    .catch(undefined),
});
type VendorAnswer = z.output<typeof answerSchema>;

const EXISTS_AT_START = /already (exists|registered)/;
const EXISTS_AT_VERIFY = /already/;
const THROTTLED = /\brate\b|\blimit\b|too many|try again/;

export function createCloudWaitressClient(settings: CloudWaitressSettings): CloudWaitressClient {
  const post = (
    path: string,
    body: unknown,
    options: { signal?: AbortSignal | undefined; correlationId?: string },
  ): Promise<HttpOutcome> =>
    sendRequest({
      method: 'POST',
      url: joinUrl(settings.baseUrl, path),
      target: { system: 'vendor', route: path },
      body,
      timeoutMs: settings.timeoutMs,
      signal: options.signal,
      correlationId: options.correlationId,
    });

  return {
    async start({ email, phone, password, ...options }) {
      const details = { email, phone, password };
      if (!detailsSchema.safeParse(details).success) return { kind: 'rejected' };
      const signature = signAccount(settings.integratorSecret, details);
      const body = { integrator_id: settings.integratorId, ...details, signature };
      const answer = readAnswer(await post('/users/register/start', body, options), body, EXISTS_AT_START);
      if (answer.kind !== 'accepted') return answer;
      const { token } = answer.body;
      if (token === undefined) return { kind: 'contract' };
      const code = settings.confirmation.mode === 'code' ? settings.confirmation.code : signature;
      return { kind: 'started', started: new StartedAccount(token, code, password) };
    },

    async verify({ started, ...options }) {
      const body = started.verifyBody();
      const answer = readAnswer(await post('/users/register/verify', body, options), body, EXISTS_AT_VERIFY);
      if (answer.kind !== 'accepted') return answer;
      const { user_id: userId = null } = answer.body;
      // The account is there all the same; only its id is not known.
      const isKept = userId !== null && !started.isRepeatedIn(userId);
      return { kind: 'created', userId: isKept ? userId : null };
    },
  };
}

/** Status and body both count: `outcome` other than 0 arrives with HTTP 200 too. */
function readAnswer(
  outcome: HttpOutcome,
  sent: unknown,
  exists: RegExp,
): { kind: 'accepted'; body: VendorAnswer } | Refusal {
  if (outcome.kind !== 'response') return { kind: 'unavailable', sent: outcome.kind === 'lost' };
  const { status, retryAfterMs } = outcome;
  if (status === 429) return { kind: 'throttled', retryAfterMs };
  if (status >= 500) return { kind: 'unavailable', sent: true };
  const parsed = answerSchema.safeParse(outcome.json);
  if (!parsed.success) return { kind: 'contract' };
  const body = parsed.data;
  if (body.outcome === 0) return status < 300 ? { kind: 'accepted', body } : { kind: 'contract' };
  const text = inspectable([body.message, body.error], sent);
  if (exists.test(text)) return { kind: 'exists' };
  return THROTTLED.test(text) ? { kind: 'throttled', retryAfterMs } : { kind: 'rejected' };
}
