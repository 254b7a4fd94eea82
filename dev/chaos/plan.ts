/** What goes wrong, and when: a pure function of the options, so that one seed gives one plan. */
import { SUB_STEP_KEYS, type SubStepKey } from '../../domain/sub-steps';
import type { FaultRule } from '../simulator/client';
import { fraction } from '../simulator/random';
import type { ServiceName } from '../stack';

/** What is killed. The simulator is not: it is the world outside, and the witness. */
export const CHAOS_SERVICES = [
  'worker',
  'api',
  'postgrest',
  'postgres',
  'temporal',
] as const satisfies readonly ServiceName[];
export type ChaosService = (typeof CHAOS_SERVICES)[number];

export interface PlanOptions {
  /** How long services are killed and faults strike. */
  minutes: number;
  restaurants: number;
  seed: number;
}

/** Milliseconds from the start of the chaos. */
export interface Kill {
  service: ChaosService;
  atMs: number;
  /** How long nothing starts it again. */
  downMs: number;
}

/** A whole system is in trouble for a while. */
export interface Storm {
  atMs: number;
  forMs: number;
  rule: FaultRule;
}

/** One request of one restaurant goes wrong; whose it is, is added when it is set. */
export interface Strike {
  /** Place in the batch, from 0. */
  restaurant: number;
  rule: FaultRule;
}

export interface ChaosPlan {
  options: PlanOptions;
  /** How many times faster than real time the world outside is. */
  speed: number;
  durationMs: number;
  kills: Kill[];
  storms: Storm[];
  strikes: Strike[];
  /** Restaurants that share the account of the one before them. */
  sharedOwners: number[];
  /** Unscaled seconds until the extraction of these restaurants completes. */
  lateExtractions: { restaurant: number; seconds: number }[];
}

type Dice = (...about: (string | number)[]) => number;
const pick = <T>(list: readonly T[], at: number): T => list[Math.floor(at * list.length)] as T;
const whole = (from: number, to: number, at: number): number => Math.round(from + (to - from) * at);

/** Seconds of scripts for one restaurant, of which four run at a time. */
const SCRIPT_SECONDS = 924;
const AT_A_TIME = 4;
/** Faster, and what the machine itself takes would count for more than the world's times; slower, and nobody would wait for it. */
const SPEED = { least: 40, most: 200 } as const;

/** So fast that a batch without any trouble would take about half of the chaos. */
function speedFor({ minutes, restaurants }: PlanOptions): number {
  const work = (restaurants * SCRIPT_SECONDS) / AT_A_TIME;
  return Math.min(SPEED.most, Math.max(SPEED.least, Math.round(work / (minutes * 60 * 0.45))));
}

/** A kill of each service about every so often, once at the least. */
const KILL_EVERY_MS = 50_000;
const DOWN_MS = { least: 300, most: 7_000 } as const;

/** In each stretch of time every service is killed once, in an order of its own: all of the run has its troubles. */
function killsOf(durationMs: number, dice: Dice): Kill[] {
  const count = Math.max(1, Math.round(durationMs / KILL_EVERY_MS));
  const stretch = durationMs / count;
  return Array.from({ length: count }, (_, round) => {
    const order = [...CHAOS_SERVICES].sort((a, b) => dice('order', round, a) - dice('order', round, b));
    return order.map((service, place): Kill => {
      const from = round * stretch + (place / order.length) * stretch * 0.85;
      return {
        service,
        // Two that follow one another may be down together.
        atMs: whole(from, from + (stretch * 0.85) / order.length, dice('kill', service, round)),
        // Most are up again soon, some stay down for long.
        downMs: whole(
          DOWN_MS.least,
          Math.min(DOWN_MS.most, stretch * 0.25),
          dice('down', service, round) ** 2,
        ),
      };
    });
  }).flat();
}

const STORM_EVERY_MS = 25_000;
const STORM_MS = { least: 2_000, most: 7_000 } as const;
const STORMS: readonly FaultRule[] = [
  { system: 'backend', kind: 'unavailable' },
  { system: 'backend', kind: 'rate_limited', retryAfterSeconds: 1 },
  { system: 'backend', kind: 'reset_before_effect' },
  { system: 'cloudwaitress', kind: 'unavailable' },
  { system: 'cloudwaitress', kind: 'rate_limited', retryAfterSeconds: 1 },
  { system: 'nzbn', kind: 'rate_limited', retryAfterSeconds: 1 },
  { system: 'nzbn', kind: 'slow', delayMs: 2_000 },
  { system: 'platform-read', kind: 'unavailable' },
];

function stormsOf(durationMs: number, dice: Dice): Storm[] {
  const count = Math.max(1, Math.round(durationMs / STORM_EVERY_MS));
  const slot = durationMs / count;
  return Array.from({ length: count }, (_, at) => ({
    atMs: whole(at * slot, at * slot + slot * 0.6, dice('storm at', at)),
    forMs: whole(STORM_MS.least, Math.min(STORM_MS.most, slot * 0.35), dice('storm for', at)),
    rule: pick(STORMS, dice('storm', at)),
  }));
}

type Trouble = (route: { system: 'backend' | 'cloudwaitress'; route: string }) => FaultRule;

/** It happens, and whoever asked does not hear of it. */
const LOST: readonly Trouble[] = [
  (route) => ({ ...route, kind: 'reset_after_effect' }),
  (route) => ({ ...route, kind: 'timeout_after_effect', answer: 'error500' }),
  (route) => ({ ...route, kind: 'timeout_after_effect', answer: 'gateway504' }),
  (route) => ({ ...route, kind: 'truncated_json' }),
  (route) => ({ ...route, kind: 'html_body', status: 502 }),
];
const SILENCE: Trouble = (route) => ({ ...route, kind: 'timeout_after_effect', answer: 'none' });
/** Nothing happens. */
const REFUSED: readonly Trouble[] = [
  (route) => ({ ...route, kind: 'server_error' }),
  (route) => ({ ...route, kind: 'bad_gateway' }),
  (route) => ({ ...route, kind: 'unavailable' }),
  (route) => ({ ...route, kind: 'reset_before_effect' }),
  (route) => ({ ...route, kind: 'rate_limited', retryAfterSeconds: 1 }),
];
const FAILED_SCRIPT: Trouble = (route) => ({ ...route, kind: 'browser_closed' });

/** Our calls of these may last an hour of simulated time: a silent answer would take the run's time, not test more. */
const LONG: ReadonlySet<SubStepKey> = new Set(['optionSets', 'itemTags']);

function troublesOf(key: SubStepKey, speed: number): readonly Trouble[] {
  // Far below the time after which an effect is believed absent: a slow service keeps its own limits.
  const slow: Trouble = (route) => ({ ...route, kind: 'slow', delayMs: Math.round(10_000 / speed) });
  const scripts = [...REFUSED, slow, FAILED_SCRIPT];
  // What is lost counts for as much as all the rest: it is what makes outcomes unclear.
  const lost = LONG.has(key) ? LOST : [...LOST, SILENCE];
  return [...lost, ...scripts, ...lost];
}

/** The chance that a sub-step's call goes wrong, and that its next one does too. */
const STRUCK = 0.3;
const STRUCK_AGAIN = 0.25;
const ACCOUNT_STRUCK = 0.35;
const REGISTER_STRUCK = 0.3;
const READ_STRUCK = 0.15;

function subStepStrikes(restaurant: number, speed: number, dice: Dice): FaultRule[] {
  return SUB_STEP_KEYS.flatMap((key): FaultRule[] => {
    if (key === 'cloudwaitressAccount' || dice('struck', restaurant, key) >= STRUCK) return [];
    const troubles = troublesOf(key, speed);
    const nth = (n: number): FaultRule => ({
      ...pick(troubles, dice('trouble', restaurant, key, n))({ system: 'backend', route: key }),
      nth: n,
    });
    return dice('again', restaurant, key) < STRUCK_AGAIN ? [nth(1), nth(2)] : [nth(1)];
  });
}

function otherStrikes(restaurant: number, dice: Dice): FaultRule[] {
  const rules: FaultRule[] = [];
  if (dice('account', restaurant) < ACCOUNT_STRUCK) {
    const route = pick(['start', 'verify'] as const, dice('account call', restaurant));
    const trouble = pick([...LOST, SILENCE, ...REFUSED], dice('account trouble', restaurant));
    rules.push({ ...trouble({ system: 'cloudwaitress', route }), nth: 1 });
  }
  if (dice('register', restaurant) < REGISTER_STRUCK) {
    const kind = pick(
      ['unavailable', 'reset_before_effect', 'rate_limited', 'truncated_json'] as const,
      dice('register trouble', restaurant),
    );
    rules.push({
      system: 'nzbn',
      route: 'search',
      kind,
      times: whole(1, 2, dice('register times', restaurant)),
    });
  }
  if (dice('read', restaurant) < READ_STRUCK) {
    const route = pick(
      ['status', 'code-injection', 'logs', 'restaurant'] as const,
      dice('read route', restaurant),
    );
    rules.push({
      system: 'backend',
      route,
      kind: 'unavailable',
      times: whole(1, 3, dice('read times', restaurant)),
    });
  }
  if (dice('platform', restaurant) < READ_STRUCK) {
    rules.push({ system: 'platform-read', route: 'restaurant', kind: 'bad_gateway', times: 2 });
  }
  return rules;
}

/** Every so many restaurants one belongs to the owner of the one before it. */
const SHARED_EVERY = 8;
const LATE = 0.12;

/** @throws RangeError when there is no restaurant, or no time */
export function planOf(options: PlanOptions): ChaosPlan {
  const { minutes, restaurants, seed } = options;
  if (!(minutes > 0) || !(restaurants >= 1)) throw new RangeError('Chaos needs some time and a restaurant.');
  const dice: Dice = (...about) => fraction(seed, 'chaos', ...about);
  const speed = speedFor(options);
  const durationMs = Math.round(minutes * 60_000);
  const all = Array.from({ length: restaurants }, (_, at) => at);
  const inOrder = (a: { atMs: number }, b: { atMs: number }): number => a.atMs - b.atMs;
  return {
    options: { minutes, restaurants, seed },
    speed,
    durationMs,
    kills: killsOf(durationMs, dice).sort(inOrder),
    storms: stormsOf(durationMs, dice),
    strikes: all.flatMap((restaurant) =>
      [...subStepStrikes(restaurant, speed, dice), ...otherStrikes(restaurant, dice)].map((rule) => ({
        restaurant,
        rule,
      })),
    ),
    sharedOwners: all.filter((at) => at % SHARED_EVERY === SHARED_EVERY - 1),
    lateExtractions: all
      .filter((at) => dice('late', at) < LATE)
      .map((restaurant) => ({
        restaurant,
        seconds: whole(1, (durationMs / 1_000) * 0.3, dice('late for', restaurant)) * speed,
      })),
  };
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** The plan as people read it: when what is killed, which system is in trouble when, and how many single faults there are. */
export function planLines({
  options,
  speed,
  durationMs,
  kills,
  storms,
  strikes,
  sharedOwners,
  lateExtractions,
}: ChaosPlan): string[] {
  return [
    `Plan of seed ${options.seed}: ${options.restaurants} restaurants, ${seconds(durationMs)} of chaos, ${speed} times faster than real time`,
    ...kills.map(
      ({ service, atMs, downMs }) =>
        `  ${seconds(atMs).padStart(8)}  kill ${service}, down for ${seconds(downMs)}`,
    ),
    ...storms.map(
      ({ atMs, forMs, rule }) =>
        `  ${seconds(atMs).padStart(8)}  ${rule.system} ${rule.kind} for ${seconds(forMs)}`,
    ),
    `  ${strikes.length} single faults, ${sharedOwners.length} shared owners, ${lateExtractions.length} late extractions`,
  ];
}
