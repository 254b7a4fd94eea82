/**
 * Where the time of a run went: work outside, waits for people, waits for a turn. Pure functions over what the record says; times are
 * milliseconds since the epoch.
 */
import { isSettled } from '../../../../../domain/readiness';
import { isTerminalJob } from '../../../../../domain/statuses';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../../../domain/sub-steps';
import type { Job, StepStatus, SubStepStatus } from '../../api/types';

/** `work`: something runs; `person`: somebody is waited for; `turn`: a queue, a limit or a grant is waited for. */
export type SpanKind = 'work' | 'person' | 'turn';

export interface Span {
  kind: SpanKind;
  /** How it ended, or what it is. */
  status: StepStatus | SubStepStatus;
  from: number;
  /** Null: it goes on. */
  to: number | null;
  label: string;
}

export interface Lane {
  id: string;
  label: string;
  /** Lanes of a group stand together. */
  group: string;
  spans: Span[];
}

type Progress = NonNullable<Job['steps'][number]['sub_step_progress']>;
type SubStepState = NonNullable<Progress['phases'][string]['sub_steps'][SubStepKey]>;
export type SubStepStates = ReadonlyMap<SubStepKey, SubStepState>;

const time = (at: string | null | undefined): number | null => (at ? Date.parse(at) : null);

/** The sub-steps of a job by key, in the table's order; empty before step 6. */
export function subStepStates(job: Job): SubStepStates {
  const phases = job.steps.find(({ step_number }) => step_number === 6)?.sub_step_progress?.phases ?? {};
  const found = Object.assign({}, ...Object.values(phases).map(({ sub_steps }) => sub_steps)) as Partial<
    Record<SubStepKey, SubStepState>
  >;
  return new Map(
    SUB_STEP_KEYS.flatMap((key) => {
      const state = found[key];
      return state ? [[key, state] as const] : [];
    }),
  );
}

/** One lane for each step, and one for each sub-step. */
export function jobLanes(job: Job): Lane[] {
  const end = isTerminalJob(job.status)
    ? (time(job.completed_at) ?? time(job.cancelled_at) ?? time(job.updated_at))
    : null;
  return [
    ...job.steps.slice(0, 5).map((step) => ({
      id: `step-${step.step_number}`,
      label: step.step_name,
      group: 'Steps',
      spans: stepSpans(step, end),
    })),
    ...subStepLanes(job, end),
  ];
}

function stepSpans(step: Job['steps'][number], end: number | null): Span[] {
  const from = time(step.started_at);
  if (from === null) return [];
  const waits = step.step_type === 'action_required' || step.status === 'action_required';
  const isOpen = !['completed', 'skipped', 'cancelled'].includes(step.status);
  return [
    {
      kind: waits ? 'person' : 'work',
      status: step.status,
      from,
      to: time(step.completed_at) ?? (isOpen ? end : from),
      label: step.step_name,
    },
  ];
}

function subStepLanes(job: Job, end: number | null): Lane[] {
  const states = subStepStates(job);
  const asked = time(job.steps.find(({ step_number }) => step_number === 5)?.completed_at);
  return [...states].map(([key, state]) => ({
    id: key,
    label: SUB_STEPS[key].label,
    group: 'Account set-up',
    spans: subStepSpans(key, state, { states, asked, end }),
  }));
}

interface Around {
  states: SubStepStates;
  /** When the configuration was confirmed: from then on step 6 could begin. */
  asked: number | null;
  end: number | null;
}

/** From when on nothing kept it but a limit; null: something that it needs has not settled. */
export function readyAt(key: SubStepKey, { states, asked }: Pick<Around, 'states' | 'asked'>): number | null {
  const { needs, after } = SUB_STEPS[key];
  const before = [...needs, ...after].map((other) => {
    const state = states.get(other);
    if (!state) return null;
    return isSettled(state.status) ? (time(state.completed_at) ?? asked) : null;
  });
  if (asked === null || before.includes(null)) return null;
  return Math.max(asked, ...before.filter((at) => at !== null));
}

function subStepSpans(key: SubStepKey, state: SubStepState, around: Around): Span[] {
  const label = SUB_STEPS[key].label;
  const ready = readyAt(key, around);
  const started = time(state.started_at);
  const { status } = state;
  const turn = (to: number | null): Span[] =>
    ready !== null && (to === null || to > ready)
      ? [{ kind: 'turn', status: 'pending', from: ready, to, label: state.note ?? 'Waits for its turn' }]
      : [];
  if (started === null) return status === 'pending' && around.end === null ? turn(null) : [];
  const ended = time(state.completed_at);
  const goesOn = status === 'in_progress' || status === 'retrying';
  return [
    ...turn(started),
    { kind: 'work', status, from: started, to: ended ?? (goesOn ? around.end : started), label },
  ];
}

/** One lane for a restaurant: its steps one behind the other, and in step 6 whether something ran, waited for a turn or for a person. */
export function restaurantLane(job: Job): Lane {
  const lanes = jobLanes(job);
  const steps = lanes.filter(({ group }) => group === 'Steps').flatMap(({ spans }) => spans);
  const setUp = lanes.filter(({ group }) => group !== 'Steps').flatMap(({ spans }) => spans);
  const step6 = merged(setUp).map((span) => ({ ...span, label: 'Account set-up' }));
  const last = step6.at(-1);
  const waitsNow = job.status === 'action_required' && job.current_step === 6 && last?.to;
  const tail: Span[] = waitsNow
    ? [{ kind: 'person', status: 'action_required', from: waitsNow, to: null, label: 'Account set-up' }]
    : [];
  return {
    id: job.id,
    label: job.restaurant.name ?? 'Restaurant without a name',
    group: 'Restaurants',
    spans: [...steps, ...step6, ...tail],
  };
}

/** Spans laid over each other: where one works the whole works; else it waits. Sorted, without overlaps. */
export function merged(spans: readonly Span[]): Span[] {
  const edges = [...new Set(spans.flatMap(({ from, to }) => [from, to ?? Infinity]))].sort((a, b) => a - b);
  const found: Span[] = [];
  for (const [i, from] of edges.slice(0, -1).entries()) {
    const until = edges[i + 1] ?? from;
    const here = spans.filter((span) => span.from <= from && (span.to ?? Infinity) >= until);
    const told = here.find(({ kind }) => kind === 'work') ?? here[0];
    if (!told) continue;
    const to = until === Infinity ? null : until;
    const last = found.at(-1);
    if (last && last.kind === told.kind && last.to === from) last.to = to;
    else found.push({ ...told, from, to });
  }
  return found;
}

export type Shares = Record<SpanKind, number>;

/** How long something ran, and how long it was only waited for, each moment counted once. */
export function sharesOf(lanes: readonly Lane[], now: number): Shares {
  const shares: Shares = { work: 0, person: 0, turn: 0 };
  for (const { kind, from, to } of merged(lanes.flatMap(({ spans }) => spans))) {
    shares[kind] += Math.max(0, (to ?? now) - from);
  }
  return shares;
}

export interface LongWait {
  lane: string;
  label: string;
  kind: Exclude<SpanKind, 'work'>;
  ms: number;
}

/** The waits that took longest, longest first. */
export function longestWaits(lanes: readonly Lane[], now: number, most = 3): LongWait[] {
  return lanes
    .flatMap(({ label: lane, spans }) =>
      spans.flatMap(({ kind, label, from, to }) =>
        kind === 'work' ? [] : [{ lane, label, kind, ms: (to ?? now) - from }],
      ),
    )
    .filter(({ ms }) => ms >= 1_000)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, most);
}
