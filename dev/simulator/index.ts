/**
 * The outside systems in one process on loopback: the company register (`/nzbn`), the vendor of accounts (`/cloudwaitress`),
 * the set-up backend (`/backend`), the platform's reader (`/platform-read`), and the control API (`/__sim`).
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import { accountRoutes } from './accounts';
import { backendRoutes } from './backend/routes';
import { resumeUploads } from './backend/uploads';
import { createSupabase } from '../../domain/supabase';
import { platformCatalogue, seededCatalogue } from './catalogue';
import { createClock, SimulatorClosed } from './clock';
import { controlRoutes } from './control';
import { resumeExtractions, type ConversionTargets } from './conversion';
import type { Core } from './core';
import { Effects } from './effects';
import { Ledger } from './ledger';
import { initialSettings, type SimulatorOptions } from './options';
import { persistence, restore } from './persistence';
import { platformReadRoutes } from './platform-read';
import { STANDING_ENTITIES } from './register/entities';
import { registerRoutes } from './register/routes';
import { emptyState, type WorldState } from './state';

export type { SimulatorKeys, SimulatorOptions } from './options';

export interface Simulator {
  /** Without a slash at the end; the systems are below it. */
  url: string;
  port: number;
  /** Ends everything it started. Scripts in flight end without effect, as when the backend's machine goes down. */
  close(): Promise<void>;
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

function freshWorld(options: SimulatorOptions): WorldState {
  const state = emptyState(initialSettings(options));
  STANDING_ENTITIES.forEach((entity) => {
    state.entities[entity.nzbn] = entity;
  });
  return state;
}

interface World {
  core: Core;
  targets: ConversionTargets;
  reset(): void;
  clearFaults(id: string | undefined): number;
}

function createWorld(options: SimulatorOptions): World {
  let state = restore(options.stateFile, initialSettings(options)) ?? freshWorld(options);
  const holds = new Map<string, (() => void)[]>();
  const current = (): WorldState => state;
  const { platform } = options;
  const client = platform === undefined ? null : createSupabase(platform.url, platform.serviceKey);
  const clock = createClock(() => state.settings.timeScale);
  const core: Core = {
    seed: options.seed ?? 1,
    keys: options.keys,
    clock,
    ledger: new Ledger(),
    effects: new Effects(current),
    catalogue: client === null ? seededCatalogue(current) : platformCatalogue(client, current),
    persistence: persistence(options.stateFile, current),
    state: current,
    whenFaultCleared: (id, done) => {
      if (state.faults.some((fault) => fault.id === id)) holds.set(id, [...(holds.get(id) ?? []), done]);
      else done();
    },
    later: (work) => {
      work().catch((error: unknown) => {
        if (!(error instanceof SimulatorClosed)) console.error('simulator: in the background:', error);
      });
    },
  };
  const clearFaults = (id: string | undefined): number => {
    const gone = state.faults.filter((fault) => id === undefined || fault.id === id);
    state.faults = state.faults.filter((fault) => !gone.includes(fault));
    gone.forEach((fault) => {
      holds.get(fault.id)?.forEach((done) => done());
      holds.delete(fault.id);
    });
    return gone.length;
  };
  const reset = (): void => {
    const { settings } = state;
    clearFaults(undefined);
    core.ledger.clear();
    state = { ...freshWorld(options), settings };
  };
  const targets: ConversionTargets = { client, webhook: options.webhook ?? null };
  return { core, targets, reset, clearFaults };
}

function application(world: World): express.Express {
  const { core } = world;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/__sim', express.json({ limit: '50mb' }), controlRoutes(world));
  app.use(express.json({ limit: '10mb' }));
  app.use('/nzbn', registerRoutes(core));
  app.use('/cloudwaitress', accountRoutes(core));
  app.use('/backend', backendRoutes(core));
  app.use('/platform-read', platformReadRoutes(core));
  app.use((req: Request, res: Response) => {
    res.status(404).json({ error: `The simulator has no ${req.method} ${req.path}` });
  });
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const message = error instanceof Error ? error.message : 'The request cannot be read';
    res.status(400).json({ error: message });
  });
  return app;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Starts it and resolves when it listens. Rejects when the port is busy, the host is not loopback, or the state file is not ours. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const host = options.host ?? '127.0.0.1';
  if (!LOOPBACK.includes(host)) throw new Error(`The simulator listens on loopback alone, not on ${host}.`);
  const world = createWorld(options);
  const server = createServer(application(world));
  // Some scripts answer after an hour of simulated time.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  const port = await listen(server, options.port ?? 0, host);
  resumeUploads(world.core);
  resumeExtractions(world.core, world.targets);
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    world.core.clock.close();
    server.closeAllConnections();
    await closed;
    world.core.persistence.flush();
  };
  return { url: `http://${host === '::1' ? '[::1]' : host}:${port}`, port, close };
}
