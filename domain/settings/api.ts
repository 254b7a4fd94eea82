/** The API's settings: every name, default and unit stands here. */
import { z } from 'zod';
import { developmentPeopleSetting } from './development-people';
import { isLoopback, readSettings, readTogether, settingTypes, type Environment } from './read';
import { serviceTokensSetting } from './service-tokens';
import { sharedSettings } from './shared';
import { readTemporalTarget, type TemporalTarget } from './temporal';

const perMinute = (fallback: number) => settingTypes.count.default(fallback);
const secret = settingTypes.longSecret;

/** Origins as a browser writes them, `https://ui.example,http://127.0.0.1:8233`. */
const origins = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((entry) => entry.trim() || []))
  .refine((list) => list.every((entry) => URL.canParse(entry) && new URL(entry).origin === entry), {
    message: 'give origins alone, like https://ui.example, separated by commas',
  });

export const apiSettingsSchema = z
  .object({
    API_PORT: settingTypes.port,
    API_HOST: z.string().min(1).default('127.0.0.1'),
    ...sharedSettings,
    /** Signs users' tokens (HS256) in projects with a shared secret. */
    SUPABASE_JWT_SECRET: secret.optional(),
    /** Publishes the public keys of projects with asymmetric signing keys. */
    SUPABASE_JWKS_URL: settingTypes.url.optional(),
    /** Opens the codec server for Temporal's Web UI and command line; without it there is none. */
    CODEC_TOKEN: z.string().min(32, 'give at least 32 characters').optional(),
    /** Pages that may ask the codec server (they send the token too). */
    CODEC_ORIGINS: origins,
    /** Pages of a Web UI on this machine that may ask it without a token; only with the simulator, never in production. */
    CODEC_DEV_ORIGINS: origins,
    /** Who may sign in to the console without a password, as JSON; only with the simulator, never in production. */
    DEVELOPMENT_SIGN_IN: developmentPeopleSetting.default([]),
    OWNER_KEY_SECRET: secret,
    WEBHOOK_SECRET: secret,
    /** Other systems that may call: `[{ name, organisation: id | "all", may: ["read", "create"], sha256: [of the token] }]`. */
    SERVICE_TOKENS: serviceTokensSetting.default([]),
    /** The one before, still taken while the senders change over. */
    WEBHOOK_SECRET_PREVIOUS: secret.optional(),
    /** Pages of other origins that may call the API from a browser. */
    CORS_ORIGINS: origins,
    /** Proxies in front of the API, whose word for the caller's address is taken. */
    TRUST_PROXY_HOPS: z.coerce.number().int().min(0).max(10).default(0),
    /** How long a client may take for its headers, its whole request, and between two requests, milliseconds. */
    HEADERS_TIMEOUT_MS: settingTypes.count.default(10_000),
    REQUEST_TIMEOUT_MS: settingTypes.count.default(30_000),
    KEEP_ALIVE_TIMEOUT_MS: settingTypes.count.default(65_000),
    /** After SIGTERM requests are still taken for so long while `/readyz` already says no: load balancers need a moment. Milliseconds. */
    SHUTDOWN_DELAY_MS: settingTypes.milliseconds.default(0),
    /** Requests a minute and caller. */
    /** A page that people work in reads more than it changes. */
    RATE_LIMIT_READ: perMinute(240),
    RATE_LIMIT_PROGRESS: perMinute(60),
    RATE_LIMIT_START: perMinute(10),
    RATE_LIMIT_COMPLETION: perMinute(30),
    RATE_LIMIT_OTHER: perMinute(30),
    RATE_LIMIT_REVEAL: perMinute(5),
    /** Refused sign-ins a minute and address. */
    RATE_LIMIT_SIGN_IN: perMinute(300),
    /** How long a caller's profile is believed, seconds. */
    AUTH_CACHE_SECONDS: z.coerce.number().min(0).max(300).default(5),
    /** How long an answer waits for the workflow's verdict on a choice, milliseconds. */
    VERDICT_WAIT_MS: z.coerce.number().int().min(0).max(10_000).default(2_000),
    /** How long a command waits for the workflow's answer, milliseconds. */
    COMMAND_DEADLINE_MS: z.coerce.number().int().min(100).max(60_000).default(10_000),
    /** How long one call to the record or to Temporal may take, milliseconds. */
    CALL_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(5_000),
    /**
     * PostgreSQL itself, for LISTEN: watchers then learn of changes at once. Any login will do, it reads nothing. Not a pooler in
     * transaction mode. Without it the record is looked at every `WATCH_POLL_MS`.
     */
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    WATCH_POLL_MS: settingTypes.count.default(2_000),
    /** Between two signs of life of an event stream, milliseconds. */
    WATCH_HEARTBEAT_MS: settingTypes.count.default(15_000),
    /** Event streams that one caller may have open. */
    WATCH_MAX_STREAMS: settingTypes.count.default(20),
    /** The console in the browser is served at `/`. */
    CONSOLE: settingTypes.flag.default(true),
    /** The project's public key, with which the console signs people in. */
    SUPABASE_ANON_KEY: z.string().min(1).optional(),
    /** Where browsers find the project, when that is not `SUPABASE_URL`. */
    SUPABASE_PUBLIC_URL: settingTypes.url.optional(),
    /** Temporal's Web UI, for links to a run. */
    TEMPORAL_UI_URL: settingTypes.url.optional(),
  })
  .refine((env) => env.SUPABASE_JWT_SECRET !== undefined || env.SUPABASE_JWKS_URL !== undefined, {
    path: ['SUPABASE_JWT_SECRET'],
    message: 'required, unless SUPABASE_JWKS_URL is set',
    // Told together with everything else that is missing.
    when: () => true,
  })
  .refine(
    ({ CODEC_DEV_ORIGINS: pages, API_HOST, SIMULATOR, NODE_ENV }) =>
      pages.length === 0 ||
      (SIMULATOR &&
        NODE_ENV !== 'production' &&
        isLoopback(`http://${API_HOST}`) &&
        pages.every((page) => isLoopback(page))),
    {
      path: ['CODEC_DEV_ORIGINS'],
      message:
        'is for the simulator alone (SIMULATOR=true, never NODE_ENV=production), with API_HOST and the pages on this machine',
    },
  )
  .refine(
    ({ DEVELOPMENT_SIGN_IN: people, API_HOST, SIMULATOR, NODE_ENV, SUPABASE_JWT_SECRET }) =>
      people.length === 0 ||
      (SIMULATOR &&
        NODE_ENV !== 'production' &&
        isLoopback(`http://${API_HOST}`) &&
        SUPABASE_JWT_SECRET !== undefined),
    {
      path: ['DEVELOPMENT_SIGN_IN'],
      message:
        'is for the simulator alone (SIMULATOR=true, never NODE_ENV=production), with API_HOST on this machine and SUPABASE_JWT_SECRET',
    },
  );

export type ApiSettings = z.infer<typeof apiSettingsSchema> & { temporal: TemporalTarget };

/** @throws SettingsError that lists everything missing or wrong at once, by name and never by value. */
export function readApiSettings(env: Environment): ApiSettings {
  const { settings, temporal } = readTogether({
    settings: () => readSettings(apiSettingsSchema, env),
    temporal: () => readTemporalTarget(env),
  });
  return { ...settings, temporal };
}
