/** Whether a request comes from this machine. For what the embedded stack alone has: behind a proxy nothing is local. */
import type { Request } from 'express';
import { isLoopback } from '../../domain/settings';

/** Sent from this machine, under a name of this machine (so by no page of another name that leads here), and not passed on by a proxy. */
export function isLocalRequest({ headers, socket }: Pick<Request, 'headers' | 'socket'>): boolean {
  const isDirect = headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
  return (
    isDirect && isLoopbackAddress(socket.remoteAddress ?? '') && isLoopback(`http://${headers.host ?? ''}`)
  );
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
