/** A typed client of the control API, for tests and the demo. */
import type { SettingsChange } from './control';
import type { EffectsSummary } from './effects';
import type { FaultRule, StoredFault } from './faults';
import type { LedgerEntry, LedgerQuery } from './ledger';
import type { BackendRecord, EffectRow, PlatformRestaurant, Settings, UploadBatch } from './state';
import type { SeedRestaurant, WorldDocument } from './world';

export type { EffectRow, EffectsSummary, FaultRule, LedgerEntry, Settings, WorldDocument };

export interface RestaurantState {
  restaurant: SeedRestaurant | null;
  backend: BackendRecord | null;
  platform: PlatformRestaurant | null;
  extraction: { extracted: boolean; pending: boolean };
  uploadBatches: UploadBatch[];
  effects: EffectRow[];
}

export interface SimulatorClient {
  /** Checks and adds; with a platform database it also writes the rows of the lead conversion there. */
  seed(world: WorldDocument): Promise<{ entities: number; restaurants: number; accounts: number }>;
  /** Adds rules (one with the same id is replaced) and gives their ids. */
  addFaults(...rules: FaultRule[]): Promise<string[]>;
  faults(): Promise<StoredFault[]>;
  /** Clears one rule, or all. */
  clearFaults(id?: string): Promise<number>;
  effects(restaurantId?: string): Promise<{ summary: EffectsSummary; effects: EffectRow[] }>;
  effectsSummary(): Promise<EffectsSummary>;
  ledger(query?: LedgerQuery): Promise<LedgerEntry[]>;
  state(restaurantId: string): Promise<RestaurantState>;
  setTimeScale(timeScale: number): Promise<Settings>;
  settings(change?: SettingsChange): Promise<Settings>;
  /** Lets a late extraction finish now. */
  completeExtraction(restaurantId: string): Promise<void>;
  /** Back to the standing entities; faults, ledger and effects are gone, settings stay. */
  reset(): Promise<void>;
}

/** `url` is the simulator's, without a path. Every call rejects when the answer is not 2xx, with its text. */
export function simulatorClient(url: string): SimulatorClient {
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/__sim${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`simulator: ${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  };
  const query = (values: Record<string, string | number | undefined>): string => {
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    return given.length === 0
      ? ''
      : `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
  };
  return {
    seed: (world) => ask('POST', '/seed', world),
    addFaults: async (...rules) => (await ask<{ ids: string[] }>('PUT', '/faults', rules)).ids,
    faults: async () => (await ask<{ faults: StoredFault[] }>('GET', '/faults')).faults,
    clearFaults: async (id) => (await ask<{ cleared: number }>('DELETE', `/faults${query({ id })}`)).cleared,
    effects: (restaurantId) => ask('GET', `/effects${query({ restaurantId })}`),
    effectsSummary: async () => (await ask<{ summary: EffectsSummary }>('GET', '/effects?summary=1')).summary,
    ledger: async (wanted = {}) =>
      (await ask<{ entries: LedgerEntry[] }>('GET', `/ledger${query({ ...wanted })}`)).entries,
    state: (restaurantId) => ask('GET', `/state/${encodeURIComponent(restaurantId)}`),
    setTimeScale: (timeScale) => ask('PUT', '/time-scale', { timeScale }),
    settings: (change) => (change === undefined ? ask('GET', '/settings') : ask('PUT', '/settings', change)),
    completeExtraction: async (restaurantId) => {
      await ask('POST', `/extractions/${encodeURIComponent(restaurantId)}/complete`);
    },
    reset: async () => {
      await ask('POST', '/reset');
    },
  };
}
