/** What the simulator is started with. */
import type { Settings } from './state';

export interface SimulatorKeys {
  nzbnApiKey: string;
  backendServiceKey: string;
  integratorId: string;
  integratorSecret: string;
}

export interface SimulatorOptions {
  keys: SimulatorKeys;
  /** 0 (default) = a free one. */
  port?: number;
  /** Loopback alone; default 127.0.0.1. */
  host?: string;
  /** Default 1. Another seed gives other durations and ids. */
  seed?: number;
  /** Factor on every duration and limit; 1 (default) = real. */
  timeScale?: number;
  /** Unscaled; default 60000. Start calls that come closer than this times the scale are throttled; 0 = never. */
  accountMinIntervalMs?: number;
  /** Real milliseconds, in place of `accountMinIntervalMs`. */
  accountMinIntervalScaledMs?: number;
  /** The world is kept here, so that it outlives the process. */
  stateFile?: string;
  /** Whether the backend kills scripts at their limit; default false, as the observed website time is above its limit. */
  killLimits?: boolean;
  /** Default `signature`. */
  confirmation?: Settings['confirmation'];
  confirmationCode?: string;
  /** Supabase (PostgREST) of the platform. With it, restaurants and menus are written and read there. */
  platform?: { url: string; serviceKey: string };
  /** Where a finished extraction is announced. */
  webhook?: { url: string; secret: string };
}

export const DEFAULT_ACCOUNT_INTERVAL_MS = 60_000;

export function initialSettings(options: SimulatorOptions): Settings {
  const timeScale = options.timeScale ?? 1;
  return {
    timeScale,
    killLimits: options.killLimits ?? false,
    confirmation: options.confirmation ?? 'signature',
    confirmationCode: options.confirmationCode ?? null,
    accountThrottle: true,
    accountIntervalMs:
      options.accountMinIntervalScaledMs ??
      (options.accountMinIntervalMs ?? DEFAULT_ACCOUNT_INTERVAL_MS) * timeScale,
    honourIdempotencyKey: false,
    registerPageSize: 10,
  };
}
