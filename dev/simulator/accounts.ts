/** Accounts at the vendor: who has one, how close start calls come, and the sign-up in two calls. */
import { createHmac } from 'node:crypto';
import { Router, type Request } from 'express';
import { z } from 'zod';
import { answer, type Answer } from './answers';
import { bodyField, serve, type Call, type Core } from './core';
import { paramsOf } from './faults';
import { fraction, hex, secretHash, spread } from './random';
import type { WorldState } from './state';

/** Lower-case hex of HMAC-SHA256 over e-mail, phone and password with nothing between, as the vendor wants it. */
export function signatureOf(secret: string, email: string, phone: string, password: string): string {
  return createHmac('sha256', secret)
    .update(email + phone + password, 'utf8')
    .digest('hex');
}

const rejected = (message: string): Answer => answer(200, { outcome: 1, message });

const OUTCOMES = {
  already_exists: 'A user with this email already exists',
  too_many: 'Too many registrations, please try again later',
  bad_signature: 'Invalid signature',
  weak_password: 'Password is too weak',
  already_verified: 'Email address has already been confirmed',
} as const;

/** Whether the next start may go through; also keeps the smallest gap seen. Call once for each start call, in the order of arrival. */
export function noteStart(state: WorldState, now: number): void {
  const { starts } = state;
  if (starts.lastAt !== null) {
    const gap = now - starts.lastAt;
    starts.minGapMs = starts.minGapMs === null ? gap : Math.min(starts.minGapMs, gap);
  }
  starts.count += 1;
  starts.lastAt = now;
}

/** Real milliseconds until the vendor takes another start; 0 = now, and the caller's start is the one taken. */
export function throttledFor(state: WorldState, now: number): number {
  const { starts, settings } = state;
  const wait =
    starts.lastAcceptedAt === null || !settings.accountThrottle
      ? 0
      : Math.max(0, starts.lastAcceptedAt + settings.accountIntervalMs - now);
  if (wait > 0) starts.throttled += 1;
  else starts.lastAcceptedAt = now;
  return wait;
}

/** A new account at the vendor. False if there was one with this e-mail. */
export function addAccount(
  core: Core,
  account: { email: string; phone: string; passwordHash: string; via: 'cloudwaitress' | 'backend' | 'seed' },
): boolean {
  const key = account.email.toLowerCase();
  const { accounts } = core.state();
  if (Object.hasOwn(accounts, key)) return false;
  accounts[key] = { ...account, userId: `USR${hex(10, core.seed, 'user', key)}` };
  core.persistence.touch();
  return true;
}

const startBody = z.object({
  integrator_id: z.string(),
  email: z.email(),
  phone: z.string(),
  password: z.string().min(8, OUTCOMES.weak_password),
  signature: z.string(),
});

/** The vendor is throttled by a 429 or by an outcome, one or the other: callers must know both. */
function throttledAnswer(core: Core, waitMs: number): Answer {
  const style = fraction(core.seed, 'throttle', core.state().starts.throttled);
  if (style < 0.5) return rejected(OUTCOMES.too_many);
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return answer(429, { message: 'Too many requests' }, { 'Retry-After': String(seconds) });
}

function refusalOfStart(core: Core, body: z.output<typeof startBody>): string | null {
  const { integratorId, integratorSecret } = core.keys;
  if (body.integrator_id !== integratorId) return 'Unknown integrator';
  const expected = signatureOf(integratorSecret, body.email, body.phone, body.password);
  if (body.signature !== expected) return OUTCOMES.bad_signature;
  if (!/^\+\d{8,15}$/.test(body.phone)) return 'Invalid phone number';
  if (Object.hasOwn(core.state().accounts, body.email.toLowerCase())) return OUTCOMES.already_exists;
  return null;
}

const SIGN_UP_MS = { start: 4_000, verify: 2_000 };

async function start(core: Core, call: Call): Promise<Answer> {
  const state = core.state();
  const wait = throttledFor(state, core.clock.now());
  const forced = paramsOf(call.faults, 'outcome')?.variant;
  if (forced === 'leak')
    return rejected(`Could not register with password ${bodyField(call.req, 'password') ?? ''}`);
  if (forced !== undefined) return rejected(OUTCOMES[forced]);
  if (wait > 0) return throttledAnswer(core, wait);
  const parsed = startBody.safeParse(call.req.body);
  if (!parsed.success) return rejected(parsed.error.issues[0]?.message ?? 'Invalid request');
  const body = parsed.data;
  const refusal = refusalOfStart(core, body);
  if (refusal !== null) return rejected(refusal);

  const owner = { restaurantId: null, email: body.email };
  const running = core.effects.begin(owner, 'cloudwaitressAccount', call.idempotencyKey);
  try {
    await core.clock.sleep(SIGN_UP_MS.start * spread(core.seed, body.email, 'start', running.attempt));
  } finally {
    running.end();
  }
  const token = hex(40, core.seed, 'token', body.email, running.attempt);
  state.signUps[token] = {
    email: body.email,
    phone: body.phone,
    passwordHash: secretHash(body.password),
    signature: body.signature,
    verified: false,
  };
  core.persistence.touch();
  return answer(
    200,
    paramsOf(call.faults, 'no_token') === undefined ? { outcome: 0, token } : { outcome: 0 },
  );
}

function codeIsRight(core: Core, signature: string, code: string | undefined): boolean {
  const { confirmation, confirmationCode } = core.state().settings;
  const isSignature = code === signature;
  const isCode = confirmationCode !== null && code === confirmationCode;
  if (confirmation === 'either') return isSignature || isCode;
  return confirmation === 'signature' ? isSignature : isCode;
}

async function verify(core: Core, call: Call): Promise<Answer> {
  const forced = paramsOf(call.faults, 'outcome')?.variant;
  if (forced !== undefined && forced !== 'leak') return rejected(OUTCOMES[forced]);
  const signUp = core.state().signUps[bodyField(call.req, 'token') ?? ''];
  if (signUp === undefined) return rejected('Invalid token');
  const code = bodyField(call.req, 'email_confirmation_code');
  if (!codeIsRight(core, signUp.signature, code)) return rejected('Invalid confirmation code');
  if (signUp.verified) return rejected(OUTCOMES.already_verified);
  await core.clock.sleep(SIGN_UP_MS.verify * spread(core.seed, signUp.email, 'verify'));
  if (!addAccount(core, { ...signUp, via: 'cloudwaitress' })) return rejected(OUTCOMES.already_exists);
  signUp.verified = true;
  core.effects.happened({ restaurantId: null, email: signUp.email }, 'cloudwaitressAccount', false);
  const account = core.state().accounts[signUp.email.toLowerCase()];
  return answer(200, { outcome: 0, user_id: account?.userId });
}

/** The vendor's wire. Routes for rules: `start`, `verify`; rules may name an e-mail. */
export function accountRoutes(core: Core): Router {
  const router = Router();
  const startFacts = (req: Request) => ({ email: bodyField(req, 'email') });
  const verifyFacts = (req: Request) => ({
    email: core.state().signUps[bodyField(req, 'token') ?? '']?.email,
  });
  router.post(
    '/users/register/start',
    serve(core, {
      system: 'cloudwaitress',
      route: 'start',
      facts: startFacts,
      arrived: () => noteStart(core.state(), core.clock.now()),
      handle: (call) => start(core, call),
    }),
  );
  router.post(
    '/users/register/verify',
    serve(core, {
      system: 'cloudwaitress',
      route: 'verify',
      facts: verifyFacts,
      handle: (call) => verify(core, call),
    }),
  );
  return router;
}
