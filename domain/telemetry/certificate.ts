/** When the certificate by which we are known to Temporal expires. */
import { X509Certificate } from 'node:crypto';
import { Gauge, type Registry } from 'prom-client';
import type { TemporalTarget } from '../settings';

/** Makes no metric where there is no certificate, or none that can be read: the connection itself says what is wrong with it. */
export function setCertificateExpiry(register: Registry, { connection }: TemporalTarget): void {
  const expiry = expiryOf(connection.tls);
  if (expiry === null) return;
  new Gauge({
    name: 'registration_client_certificate_expiry_timestamp_seconds',
    help: 'When the client certificate for Temporal expires, seconds since 1970',
    registers: [register],
  }).set(expiry / 1_000);
}

/** Milliseconds since the epoch. */
function expiryOf(tls: TemporalTarget['connection']['tls']): number | null {
  if (typeof tls !== 'object' || tls === null || !tls.clientCertPair) return null;
  try {
    return Date.parse(new X509Certificate(tls.clientCertPair.crt).validTo);
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}
