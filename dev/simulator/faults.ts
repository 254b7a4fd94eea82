/**
 * Faults by rule. FAULTS is the one table: per kind, the systems it can happen at, when in a request it acts,
 * what it does, and its parameters. Rules are set and cleared at run time through the control API.
 */
import { z } from 'zod';

export const SYSTEMS = ['nzbn', 'cloudwaitress', 'backend', 'platform-read'] as const;
export type System = (typeof SYSTEMS)[number];

/**
 * `delay`: kept waiting first. `before`: answered before anything happens. `delivery`: the request takes effect, its answer is lost or spoiled.
 * `script`: how the backend's script goes. `refusal`: the script runs, fails, and nothing was done.
 * `batch`: how an upload goes on in the background. `account`: what the vendor of accounts says. `shape`: other forms of the register's answers.
 */
export type Stage = 'delay' | 'before' | 'delivery' | 'script' | 'refusal' | 'batch' | 'account' | 'shape';

interface FaultDefinition<S extends Stage, P extends z.ZodRawShape> {
  systems: readonly System[];
  stage: S;
  does: string;
  params: P;
}

const ANY = SYSTEMS;
const fault = <S extends Stage, P extends z.ZodRawShape = Record<never, never>>(
  systems: readonly System[],
  stage: S,
  does: string,
  params = {} as P,
): FaultDefinition<S, P> => ({ systems, stage, does, params });

const BACKEND = ['backend'] as const;
const REGISTER = ['nzbn'] as const;
const VENDOR = ['cloudwaitress'] as const;
const count = z.number().int().nonnegative();
/** Real milliseconds: a caller's timeout has a floor that does not scale. */
const realMs = z.number().nonnegative();

export const FAULTS = {
  unauthorized: fault(ANY, 'before', '401, as with a bad key'),
  forbidden: fault(ANY, 'before', '403; at the backend a feature that is switched off', {
    feature: z.string().optional(),
  }),
  rate_limited: fault(ANY, 'before', '429 with Retry-After', { retryAfterSeconds: count.default(1) }),
  server_error: fault(ANY, 'before', '500', { message: z.string().default('Internal error') }),
  bad_gateway: fault(ANY, 'before', '502'),
  unavailable: fault(ANY, 'before', '503', { retryable: z.boolean().default(true) }),
  reset_before_effect: fault(ANY, 'before', 'the connection is reset, nothing happened'),
  slow: fault(ANY, 'delay', 'handled only after a delay', { delayMs: realMs }),

  reset_after_effect: fault(ANY, 'delivery', 'it happens, then the connection is reset'),
  timeout_after_effect: fault(
    ANY,
    'delivery',
    'it happens, and the caller hears nothing, a 500 "timed out" or a 504',
    {
      answer: z.enum(['none', 'error500', 'gateway504']).default('none'),
    },
  ),
  truncated_json: fault(ANY, 'delivery', 'it happens, the JSON is cut in the middle'),
  html_body: fault(ANY, 'delivery', 'it happens, the answer is an HTML page', {
    status: z.number().int().default(200),
  }),

  quota: fault(REGISTER, 'before', '403 "Out of call volume quota"'),
  invalid_request: fault(REGISTER, 'before', "400 in the register's error form"),
  flat_addresses: fault(REGISTER, 'shape', '`addresses` is a flat array'),
  roles_wrapper: fault(REGISTER, 'shape', 'parts come wrapped: `{roles:[…]}`'),
  items_wrapper: fault(REGISTER, 'shape', 'parts come wrapped: `{items:[…]}`'),
  one_based_pages: fault(REGISTER, 'shape', 'pages count from 1; page 0 is page 1'),
  total_results: fault(REGISTER, 'shape', '`totalResults` in place of `totalItems`'),
  numeric_status: fault(REGISTER, 'shape', '`status` of an error is a number'),

  outcome: fault(VENDOR, 'account', 'outcome 1 in a 200', {
    variant: z.enum([
      'already_exists',
      'too_many',
      'bad_signature',
      'weak_password',
      'already_verified',
      'leak',
    ]),
  }),
  no_token: fault(VENDOR, 'account', 'start answers outcome 0 without a token'),

  success_false: fault(BACKEND, 'refusal', '200 with success false, nothing done', {
    message: z.string().default('Completed with warnings'),
  }),
  user_exists: fault(BACKEND, 'refusal', '400 user already exists'),
  subdomain_taken: fault(BACKEND, 'refusal', '500 subdomain taken'),
  address_not_found: fault(BACKEND, 'refusal', '500 address not found by the map look-up'),
  wrong_password: fault(BACKEND, 'refusal', '500 the account refuses the password'),
  credentials_incomplete: fault(BACKEND, 'refusal', '500 account credentials missing or incomplete'),
  not_configured: fault(BACKEND, 'refusal', '503 image CDN not configured'),
  browser_closed: fault(BACKEND, 'refusal', '500 browser closed'),
  leak_password: fault(BACKEND, 'refusal', '500 whose text contains the submitted (or stored) password'),
  killed: fault(BACKEND, 'script', 'killed at its limit, whatever its duration: 500 timed out'),
  partial_success: fault(BACKEND, 'script', '500 with partialSuccess, half of it done', {
    lastStep: z.string().default('header'),
  }),
  silent_failure: fault(BACKEND, 'script', 'reports success, nothing done'),
  crash_halfway: fault(BACKEND, 'script', 'some of it is made, then 500 browser closed', {
    made: count.optional(),
  }),
  partial_counts: fault(BACKEND, 'script', 'success, but some of it failed', { failed: count.default(1) }),
  none_created: fault(BACKEND, 'script', 'success with created 0 of n; made all the same if `effect`', {
    effect: z.boolean().default(false),
  }),
  result_missing: fault(BACKEND, 'script', 'done, but the result field is null or absent in answer and read'),
  duration: fault(BACKEND, 'script', 'the script takes this long, unscaled', {
    durationMs: z.number().nonnegative(),
  }),
  hold: fault(BACKEND, 'script', 'the script goes on only when this rule is cleared'),
  batch_stalls: fault(BACKEND, 'batch', 'the upload never ends'),
  batch_fails: fault(BACKEND, 'batch', 'every image fails'),
  batch_partial: fault(BACKEND, 'batch', 'completed with failed images', { failed: count.default(1) }),
} satisfies Record<string, FaultDefinition<Stage, z.ZodRawShape>>;

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

type Params<K extends FaultKind> = z.output<z.ZodObject<(typeof FAULTS)[K]['params']>>;
type ParamsInput<K extends FaultKind> = z.input<z.ZodObject<(typeof FAULTS)[K]['params']>>;

const matcherShape = {
  id: z.string().min(1).optional(),
  system: z.enum(SYSTEMS),
  /** Sub-step key, or the name of a read or call; see the routes of each system. Absent = all. */
  route: z.string().optional(),
  restaurantId: z.string().optional(),
  /** Part of the search term, or an NZBN. */
  term: z.string().optional(),
  email: z.string().optional(),
  /** Only the nth matching request, from 1. */
  nth: z.number().int().positive().optional(),
  /** Only the first so many matching requests. */
  times: z.number().int().positive().optional(),
};
const matcherSchema = z.object(matcherShape);
export type FaultMatcher = z.output<typeof matcherSchema>;

/** A rule as callers write it: matcher, kind and the kind's parameters side by side. */
export type FaultRule = { [K in FaultKind]: FaultMatcher & { kind: K } & ParamsInput<K> }[FaultKind];
/** A rule as the simulator keeps it. */
export type StoredFault = {
  [K in FaultKind]: { kind: K; match: FaultMatcher; params: Params<K> };
}[FaultKind] & {
  id: string;
  hits: number;
};

export interface RequestFacts {
  system: System;
  route: string;
  restaurantId?: string | undefined;
  term?: string | undefined;
  email?: string | undefined;
}

/** Reads one rule. Throws a ZodError that names the field; a kind that cannot happen at the system is refused too. */
export function parseFault(input: unknown): Omit<StoredFault, 'id' | 'hits'> {
  const { kind } = z.object({ kind: z.enum(FAULT_KINDS as [FaultKind, ...FaultKind[]]) }).parse(input);
  const definition: FaultDefinition<Stage, z.ZodRawShape> = FAULTS[kind];
  const rule = z
    .strictObject({ ...matcherShape, kind: z.literal(kind), ...definition.params })
    .refine(
      (value) => value.nth === undefined || value.times === undefined,
      'nth and times exclude each other',
    )
    .refine((value) => definition.systems.includes(value.system), `${kind} cannot happen at this system`)
    .parse(input);
  const match = matcherSchema.parse(rule);
  const params = z.object(definition.params).parse(rule);
  return { kind, match, params } as Omit<StoredFault, 'id' | 'hits'>;
}

const contains = (text: string | undefined, part: string): boolean =>
  text !== undefined && fold(text).includes(fold(part));
/** Lower case, without macrons. */
export const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

function matches(rule: FaultMatcher, facts: RequestFacts): boolean {
  return (
    rule.system === facts.system &&
    (rule.route === undefined || rule.route === facts.route) &&
    (rule.restaurantId === undefined || rule.restaurantId === facts.restaurantId) &&
    (rule.term === undefined || contains(facts.term, rule.term)) &&
    (rule.email === undefined || rule.email.toLowerCase() === facts.email?.toLowerCase())
  );
}

/** Counts this request on every rule that matches it, and gives those that strike now. */
export function strike(rules: readonly StoredFault[], facts: RequestFacts): StoredFault[] {
  return rules.filter((rule) => {
    if (!matches(rule.match, facts)) return false;
    rule.hits += 1;
    if (rule.match.nth !== undefined) return rule.hits === rule.match.nth;
    return rule.match.times === undefined || rule.hits <= rule.match.times;
  });
}

/** The parameters of the first fault of this kind, undefined if none struck. */
export function paramsOf<K extends FaultKind>(
  faults: readonly StoredFault[],
  kind: K,
): Params<K> | undefined {
  return faults.find((candidate) => candidate.kind === kind)?.params as Params<K> | undefined;
}

/** The kinds that act at a stage. */
export type KindAt<S extends Stage> = {
  [K in FaultKind]: (typeof FAULTS)[K]['stage'] extends S ? K : never;
}[FaultKind];

export const atStage = (faults: readonly StoredFault[], stage: Stage): StoredFault | undefined =>
  faults.find((candidate) => FAULTS[candidate.kind].stage === stage);

/** What each kind of a stage does: one without a handler does not compile. */
export type FaultHandlers<S extends Stage, A extends unknown[], R> = {
  [K in KindAt<S>]: (params: Params<K>, ...rest: A) => R;
};

/** Calls the handler of a fault that `atStage` found. */
export function handleFault<S extends Stage, A extends unknown[], R>(
  handlers: FaultHandlers<S, A, R>,
  fault: StoredFault,
  ...rest: A
): R {
  // The handler under a kind takes that kind's parameters; the compiler cannot see that the two belong together.
  const handler = handlers[fault.kind as KindAt<S>] as unknown as (params: unknown, ...rest: A) => R;
  return handler(fault.params, ...rest);
}
