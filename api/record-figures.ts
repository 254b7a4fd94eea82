/** Gauges that tell the record as it is now. Every API process tells the same: rules and panels take the greatest, never the sum. */
import { Gauge, type Registry } from 'prom-client';
import type { AppDeps } from './deps';
import type { Figures } from './record/figures';

/** Scrapers that ask together, or often, cost the database one question. */
const BELIEVED_MS = 5_000;

type Deps = Pick<AppDeps, 'record' | 'workflows' | 'log'>;

/** @returns brings the gauges up to date; never throws: what cannot be asked is not there, and says so */
export function recordFigures(register: Registry, { record, workflows, log }: Deps): () => Promise<void> {
  const gauges = makeGauges(register);
  const dependencies = new Gauge({
    name: 'registration_dependency_up',
    help: 'Whether the record and Temporal answer this process',
    labelNames: ['dependency'],
    registers: [register],
  });
  let believedUntil = 0;
  let asking: Promise<void> | null = null;

  async function ask(): Promise<void> {
    const [figures, temporal] = await Promise.all([figuresOrNull(), workflows.ready()]);
    gauges.show(figures);
    dependencies.set({ dependency: 'record' }, figures ? 1 : 0);
    dependencies.set({ dependency: 'temporal' }, temporal ? 1 : 0);
    believedUntil = Date.now() + BELIEVED_MS;
  }

  async function figuresOrNull(): Promise<Figures | null> {
    try {
      return await record.figures();
    } catch (error) {
      log.warn({ err: error }, 'the figures of the record could not be read');
      return null;
    }
  }

  return async () => {
    if (Date.now() < believedUntil) return;
    asking ??= ask().finally(() => (asking = null));
    await asking;
  };
}

function makeGauges(register: Registry): { show(figures: Figures | null): void } {
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers: [register] });
  const live = gauge('registration_jobs_live', 'Registrations that have not ended, by step and status', [
    'step',
    'status',
  ]);
  const ended = gauge('registration_jobs_ended', 'Registrations that have ended, by how', ['status']);
  const paused = gauge('registration_batches_paused', 'Batches that are paused, by whom', ['by']);
  const waiting = gauge(
    'registration_waiting',
    'Registrations that have waited for a person for longer than, by what is asked; cumulative',
    ['asked', 'longer_than'],
  );
  const oldest = gauge('registration_waiting_oldest_seconds', 'The longest wait for a person', ['asked']);
  const all = [live, ended, paused, waiting, oldest];
  return {
    show(figures) {
      // What is gone has no row, so everything begins anew.
      for (const one of all) one.reset();
      if (!figures) return;
      for (const { step, status, count } of figures.live) live.set({ step: String(step), status }, count);
      for (const { status, count } of figures.ended) ended.set({ status }, count);
      for (const { by, count } of figures.paused) paused.set({ by }, count);
      for (const { asked, oldest_seconds, ages } of figures.waiting) {
        oldest.set({ asked }, oldest_seconds);
        for (const { longer_than, count } of ages) waiting.set({ asked, longer_than }, count);
      }
    },
  };
}
