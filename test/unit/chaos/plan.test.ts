import { parseFault } from '../../../dev/simulator/faults';
import { aimed } from '../../../dev/chaos/weather';
import { CHAOS_SERVICES, planLines, planOf, type PlanOptions } from '../../../dev/chaos/plan';
import { restaurantOf } from './facts';

const LONG: PlanOptions = { minutes: 3, restaurants: 40, seed: 7 };
const SHORT: PlanOptions = { minutes: 0.4, restaurants: 8, seed: 7 };
const seeds = Array.from({ length: 25 }, (_, at) => at);

it('is the same for the same seed and options, and another one for another seed', () => {
  expect(planOf(LONG)).toEqual(planOf({ ...LONG }));
  expect(planOf({ ...LONG, seed: 8 }).kills).not.toEqual(planOf(LONG).kills);
  expect(planOf({ ...LONG, seed: 8 }).strikes).not.toEqual(planOf(LONG).strikes);
});

it.each([LONG, SHORT])('kills each service, and has all up again soon after its time', (options) => {
  for (const seed of seeds) {
    const { kills, durationMs } = planOf({ ...options, seed });
    expect(new Set(kills.map(({ service }) => service))).toEqual(new Set(CHAOS_SERVICES));
    for (const { atMs, downMs } of kills) {
      expect(atMs).toBeGreaterThanOrEqual(0);
      expect(downMs).toBeGreaterThan(0);
      expect(atMs).toBeLessThan(durationMs);
    }
  }
});

it('never kills a service that is down by its own plan', () => {
  for (const seed of seeds) {
    const { kills } = planOf({ ...LONG, seed });
    for (const service of CHAOS_SERVICES) {
      const own = kills.filter((kill) => kill.service === service);
      own.slice(1).forEach((kill, at) => {
        const before = own[at];
        expect(kill.atMs).toBeGreaterThan((before?.atMs ?? 0) + (before?.downMs ?? 0));
      });
    }
  }
});

it('holds faults that the simulator knows, each aimed at one restaurant', () => {
  const { strikes, storms } = planOf(LONG);
  expect(strikes.length).toBeGreaterThan(100);
  for (const strike of strikes) {
    const { match } = parseFault(aimed(strike, restaurantOf(strike.restaurant), 'one'));
    expect(match.restaurantId ?? match.email ?? match.term).toBeDefined();
    expect(match.nth ?? match.times).toBeDefined();
  }
  for (const { rule } of storms) expect(parseFault(rule).match.restaurantId).toBeUndefined();
});

it('loses answers after the effect, refuses before it, is slow and throttles', () => {
  const kinds = new Set(planOf(LONG).strikes.map(({ rule }) => rule.kind));
  for (const kind of [
    'reset_after_effect',
    'timeout_after_effect',
    'reset_before_effect',
    'server_error',
    'slow',
    'rate_limited',
  ]) {
    expect(kinds).toContain(kind);
  }
});

it('is printed with its seed and every kill', () => {
  const plan = planOf(LONG);
  const text = planLines(plan).join('\n');
  expect(text).toContain('seed 7');
  expect(text.match(/kill /g)).toHaveLength(plan.kills.length);
});

it('wants some time and a restaurant', () => {
  expect(() => planOf({ ...LONG, restaurants: 0 })).toThrow(RangeError);
  expect(() => planOf({ ...LONG, minutes: 0 })).toThrow(RangeError);
});
