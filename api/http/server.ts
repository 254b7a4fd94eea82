import { createServer, type RequestListener, type Server } from 'node:http';
import type { ApiSettings } from '../../domain/settings';

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 100;
const LONGEST_CHECK_INTERVAL_MS = 5_000;
/** A stream is silent between its signs of life, a command while its workflow decides; what is silent for longer is dead. */
const SOCKET_IDLE_MS = 5 * 60_000;
const HEARTBEATS_MISSED = 4;

type ServerSettings = Pick<
  ApiSettings,
  'HEADERS_TIMEOUT_MS' | 'REQUEST_TIMEOUT_MS' | 'KEEP_ALIVE_TIMEOUT_MS' | 'WATCH_HEARTBEAT_MS'
>;

/**
 * A server that clients cannot hold by being slow: headers and whole requests have a time and a size, and a connection on which
 * nothing moves ends. Answers take as long as they need, event streams days.
 */
export function createHttpServer(app: RequestListener, settings: ServerSettings): Server {
  const { HEADERS_TIMEOUT_MS: headersTimeout, REQUEST_TIMEOUT_MS: requestTimeout } = settings;
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: Math.min(headersTimeout, requestTimeout),
      requestTimeout,
      keepAliveTimeout: settings.KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(headersTimeout, requestTimeout, LONGEST_CHECK_INTERVAL_MS),
    },
    app,
  );
  server.maxHeadersCount = MAX_HEADERS;
  server.setTimeout(Math.max(SOCKET_IDLE_MS, HEARTBEATS_MISSED * settings.WATCH_HEARTBEAT_MS));
  return server;
}
