/** What all systems of the simulator share: one world, one clock, one ledger; and the path of every request through faults to its answer. */
import type { Request, RequestHandler, Response } from 'express';
import { atStage, paramsOf, strike, type RequestFacts, type StoredFault, type System } from './faults';
import { answer, deliver, refusalBefore, send, type Answer } from './answers';
import { CatalogueUnavailable, type Catalogue } from './catalogue';
import { SimulatorClosed, type Clock } from './clock';
import type { Effects } from './effects';
import type { Ledger, LedgerEntry } from './ledger';
import type { SimulatorKeys } from './options';
import type { Persistence } from './persistence';
import type { WorldState } from './state';

export interface Core {
  readonly seed: number;
  readonly keys: SimulatorKeys;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly effects: Effects;
  readonly catalogue: Catalogue;
  readonly persistence: Persistence;
  /** The world as it is now; `reset` replaces it. */
  state(): WorldState;
  /** Calls `done` once the rule with this id is gone. */
  whenFaultCleared(id: string, done: () => void): void;
  /** Waits in the background, then acts; ends quietly with the simulator. */
  later(work: () => Promise<void>): void;
}

/** One request, after authorisation and with the faults that strike it. */
export interface Call {
  req: Request;
  facts: RequestFacts;
  faults: readonly StoredFault[];
  idempotencyKey: string | null;
}

export interface Endpoint {
  system: System;
  route: string;
  /** The organisation feature that a 403 names. */
  feature?: string;
  /** What rules may match on. */
  facts?: (req: Request) => Partial<RequestFacts> | Promise<Partial<RequestFacts>>;
  /** A refusal for want of the right key. */
  authorise?: (req: Request) => Answer | null;
  /** Called for each request that came in, whatever becomes of it. */
  arrived?: (req: Request) => void;
  /** Does it. Goes on to its end when the caller hangs up. */
  handle: (call: Call) => Answer | Promise<Answer>;
}

/** The string fields of a JSON body; anything else reads as absent. */
export function bodyField(req: Request, name: string): string | undefined {
  const body: unknown = req.body;
  if (typeof body !== 'object' || body === null) return undefined;
  const value = (body as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}

export const pathParam = (req: Request, name: string): string => String(req.params[name] ?? '');

async function answerOf(endpoint: Endpoint, call: Call): Promise<Answer> {
  try {
    return await endpoint.handle(call);
  } catch (error) {
    if (!(error instanceof CatalogueUnavailable)) throw error;
    return answer(503, { success: false, error: 'The database is temporarily unavailable', retryable: true });
  }
}

async function respond(core: Core, endpoint: Endpoint, req: Request, res: Response): Promise<void> {
  const state = core.state();
  const facts: RequestFacts = {
    system: endpoint.system,
    route: endpoint.route,
    ...(await endpoint.facts?.(req)),
  };
  const startedAt = performance.now();
  state.counters.request += 1;
  const { method, originalUrl: path, headers } = req;
  const body: unknown = req.body;
  const entry = core.ledger.open({ seq: state.counters.request, facts, method, path, headers, body });
  const close = (end: LedgerEntry['end'], status: number | null): void => {
    Object.assign(entry, { end, status, durationMs: Math.round(performance.now() - startedAt) });
    core.persistence.touch();
  };
  endpoint.arrived?.(req);

  const refused = endpoint.authorise?.(req) ?? null;
  if (refused !== null) {
    send(req, res, { kind: 'answer', answer: refused });
    return close('answered', refused.status);
  }
  const faults = strike(state.faults, facts);
  entry.faults = faults.map((fault) => fault.kind);
  const delay = paramsOf(faults, 'slow')?.delayMs;
  if (delay !== undefined) await core.clock.sleep(delay / state.settings.timeScale);

  const before = atStage(faults, 'before');
  if (before?.kind === 'reset_before_effect') {
    send(req, res, { kind: 'reset' });
    return close('reset', null);
  }
  const refusal = before === undefined ? null : refusalBefore(endpoint.system, before, endpoint.feature);
  if (refusal !== null) {
    send(req, res, { kind: 'answer', answer: refusal });
    return close('answered', refusal.status);
  }

  const idempotencyKey = req.get('idempotency-key') ?? null;
  const given = await answerOf(endpoint, { req, facts, faults, idempotencyKey });
  const delivery = deliver(endpoint.system, given, faults);
  const sent = send(req, res, delivery);
  if (delivery.kind === 'silence') {
    await core.clock.until((done) => (res.destroyed ? done() : res.once('close', done)));
    return close('hung_up', null);
  }
  close(sent ? 'answered' : delivery.kind === 'reset' ? 'reset' : 'hung_up', sent ? res.statusCode : null);
}

/** The express handler of one endpoint. */
export function serve(core: Core, endpoint: Endpoint): RequestHandler {
  return (req, res) => {
    respond(core, endpoint, req, res).catch((error: unknown) => {
      if (error instanceof SimulatorClosed) return;
      console.error(`simulator: ${req.method} ${req.path}:`, error);
      if (!res.headersSent) res.status(500).json({ success: false, error: 'The simulator itself failed' });
    });
  };
}
