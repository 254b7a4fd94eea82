/**
 * How one script of the backend goes: its duration, its end at a limit, what faults make of it, what it leaves behind.
 * It goes on and takes effect when the caller has hung up; that is what makes outcomes unclear.
 */
import { SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import { answer, timedOutBody, type Answer } from '../answers';
import { bodyField, type Call, type Core } from '../core';
import { atStage, handleFault, paramsOf, type FaultHandlers } from '../faults';
import { spread } from '../random';

const SECOND = 1_000;

/** When the backend kills its own script, unscaled; null = never. */
export const KILL_LIMIT_MS: Record<SubStepKey, number | null> = {
  cloudwaitressAccount: null,
  codeGeneration: 120 * SECOND,
  createOnboardingUser: 120 * SECOND,
  uploadImages: null,
  restaurantRegistration: 180 * SECOND,
  websiteConfig: 240 * SECOND,
  servicesConfig: 180 * SECOND,
  paymentConfig: 180 * SECOND,
  menuImport: 120 * SECOND,
  syncOnboardingUser: null,
  optionSets: 3_600 * SECOND,
  itemTags: 3_600 * SECOND,
};

/** Typical duration, unscaled; option sets take it for each set, images for each image. */
export const TYPICAL_MS: Record<SubStepKey, number> = {
  cloudwaitressAccount: 6 * SECOND,
  codeGeneration: 47 * SECOND,
  createOnboardingUser: 37 * SECOND,
  uploadImages: 200,
  restaurantRegistration: 99 * SECOND,
  websiteConfig: 260 * SECOND,
  servicesConfig: 200 * SECOND,
  paymentConfig: 90 * SECOND,
  menuImport: 88 * SECOND,
  syncOnboardingUser: 34 * SECOND,
  optionSets: 12 * SECOND,
  itemTags: 45 * SECOND,
};

export interface Applied {
  /** It made something that was there already. */
  duplicate: boolean;
  /** Nothing came of it: no effect to count. */
  nothing?: boolean;
  /** Goes on in the background and counts its effect itself; resolves when it is over. */
  background?: Promise<void>;
}

export interface Script {
  durationMs: number;
  /** Whose account the browser logs in to; null = none. */
  account: string | null;
  /** How many things it makes: sets, tags, images; 1 = one whole. 0 = there is nothing to do. */
  units: number;
  /** Does it, for `made` of the units. */
  apply(made: number, how: { resultMissing: boolean }): Applied;
  /** The result fields of an answer that says that `made` were made. */
  success(made: number): Record<string, unknown>;
  /** Result fields that come empty under the fault `result_missing`. */
  emptied?: Record<string, unknown>;
}

const failed = (status: number, error: string, extra: Record<string, unknown> = {}): Answer =>
  answer(status, { success: false, error, ...extra });

export const scriptFailed = failed;

const BROWSER_CLOSED = 'page.click: Target page, context or browser has been closed';

function leak(call: Call): Answer {
  const password =
    bodyField(call.req, 'password') ?? bodyField(call.req, 'userPassword') ?? 'SIM-STORED-PASSWORD';
  return failed(500, `Command failed: node script.js --email="owner" --password="${password}"`, {
    details: `exit code 1 (--password=${password})`,
    output: `Logging in with ${password}\nError: element not found`,
  });
}

/** The answers of scripts that failed without doing anything. */
const REFUSALS: FaultHandlers<'refusal', [Call], Answer> = {
  success_false: ({ message }) => answer(200, { success: false, message, error: message }),
  user_exists: () => failed(400, 'User already exists'),
  subdomain_taken: () => failed(500, 'Subdomain is already taken'),
  address_not_found: () => failed(500, 'Address not found: the map look-up gave no result'),
  wrong_password: () => failed(500, 'Login failed: invalid email or password'),
  credentials_incomplete: () => failed(500, 'Account credentials missing or incomplete'),
  not_configured: () => failed(503, 'Image CDN is not configured'),
  browser_closed: () => failed(500, BROWSER_CLOSED),
  leak_password: (_params, call) => leak(call),
};

/** What a script that is cut off answers. */
function killedAnswer(subStep: SubStepKey): Answer {
  if (subStep !== 'websiteConfig') return answer(500, timedOutBody());
  return failed(500, 'Script execution timed out', { partialSuccess: true, lastStep: 'header' });
}

interface Run {
  core: Core;
  call: Call;
  subStep: SubStepKey;
  restaurantId: string;
}

/** Makes `made` units and counts the effect. */
function take(
  { core, subStep, restaurantId }: Run,
  script: Script,
  made: number,
  resultMissing = false,
): Applied | null {
  if (made <= 0) return null;
  const applied = script.apply(made, { resultMissing });
  if (applied.background === undefined && applied.nothing !== true)
    core.effects.happened({ restaurantId }, subStep, applied.duplicate);
  core.persistence.touch();
  return applied;
}

interface Outcome {
  answer: Answer;
  applied: Applied | null;
}

/** What becomes of a script that was not killed. */
function finish(run: Run, script: Script): Outcome {
  const { faults } = run.call;
  const { units } = script;
  const success = (made: number, extra: Record<string, unknown> = {}): Answer =>
    answer(200, { success: true, ...script.success(made), ...extra });

  const refused = atStage(faults, 'refusal');
  if (refused !== undefined) return { answer: handleFault(REFUSALS, refused, run.call), applied: null };
  if (paramsOf(faults, 'silent_failure') !== undefined) return { answer: success(units), applied: null };

  const crash = paramsOf(faults, 'crash_halfway');
  if (crash !== undefined) {
    const made = Math.min(units, crash.made ?? Math.floor(units / 2));
    return { answer: failed(500, BROWSER_CLOSED), applied: take(run, script, made) };
  }
  const partial = paramsOf(faults, 'partial_success');
  if (partial !== undefined) {
    const body = { partialSuccess: true, lastStep: partial.lastStep };
    return {
      answer: failed(500, 'Only a part was done', body),
      applied: take(run, script, Math.floor(units / 2)),
    };
  }
  const counts = paramsOf(faults, 'partial_counts');
  if (counts !== undefined) {
    const made = Math.max(0, units - counts.failed);
    return { answer: success(made), applied: take(run, script, made) };
  }
  const none = paramsOf(faults, 'none_created');
  if (none !== undefined)
    return { answer: success(0), applied: none.effect ? take(run, script, units) : null };

  const missing = paramsOf(faults, 'result_missing') !== undefined;
  const applied = take(run, script, units, missing);
  return { answer: success(units, missing ? script.emptied : {}), applied };
}

async function waitOutHold({ core, call }: Run): Promise<void> {
  const hold = call.faults.find((fault) => fault.kind === 'hold');
  if (hold !== undefined) await core.clock.until((done) => core.whenFaultCleared(hold.id, done));
}

/** How far it comes, decided by comparing numbers: never by which timer fires first. */
function plan({ core, call, subStep, restaurantId }: Run, script: Script, attempt: number) {
  const { killLimits } = core.state().settings;
  const limit = KILL_LIMIT_MS[subStep];
  const forced = paramsOf(call.faults, 'duration')?.durationMs;
  const natural = script.durationMs * spread(core.seed, restaurantId, subStep, attempt);
  // No script outlives its limit; where nothing is killed, a slow one comes in just under it.
  const whole = forced ?? (killLimits || limit === null ? natural : Math.min(natural, 0.95 * limit));
  const overLimit = killLimits && limit !== null && whole > limit;
  const killed = overLimit || paramsOf(call.faults, 'killed') !== undefined;
  const lasts = killed ? (limit ?? whole) : whole;
  const share = killed && whole > 0 ? Math.min(0.99, lasts / whole) : 1;
  return { killed, lasts, share };
}

/** Runs it to its end and gives the answer that the backend would send then. */
export async function runScript(run: Run, script: Script): Promise<Answer> {
  const { core, call, subStep, restaurantId } = run;
  const { attempt, end } = core.effects.begin({ restaurantId }, subStep, call.idempotencyKey);
  const inBrowser = SUB_STEPS[subStep].taskQueue === 'portal';
  const endSession = inBrowser ? core.effects.openSession(script.account) : () => undefined;
  let background: Promise<void> | undefined;
  try {
    const { killed, lasts, share } = plan(run, script, attempt);
    await core.clock.sleep(lasts);
    await waitOutHold(run);
    if (killed) {
      const made = script.units > 1 ? Math.floor(script.units * share) : 0;
      take(run, script, made);
      return killedAnswer(subStep);
    }
    const outcome = finish(run, script);
    background = outcome.applied?.background;
    return outcome.answer;
  } finally {
    endSession();
    if (background === undefined) end();
    else core.later(() => (background ?? Promise.resolve()).finally(end));
  }
}
