import { isSameSecret } from './same-secret';
import { isLoopback } from './settings';

const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Metrics tell how much is going on: they want their token, unless only this machine can ask and none is set. */
export function mayReadMetrics(
  { token, host }: { token: string | undefined; host: string },
  authorization = '',
): boolean {
  if (token === undefined) return isLoopback(`http://${urlHost(host)}`);
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  return isSameSecret(given, token);
}
