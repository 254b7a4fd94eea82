/** Looks into what the engine stores, without any key. */

/** As it stands in the protocol's JSON: base64. */
interface JsonPayload {
  metadata: Record<string, string>;
  data?: string;
}

export interface FoundPayload {
  /** Names of fields from the message down to the payload. */
  path: string;
  encoding: string;
  payload: JsonPayload;
}

/** All payloads in a message, wherever they are. */
export function payloadsOf(message: object): FoundPayload[] {
  const found: FoundPayload[] = [];
  const visit = (value: unknown, path: string): void => {
    if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return;
    const { metadata, data } = value as { metadata?: unknown; data?: unknown };
    if (isBytesMap(metadata)) {
      const entries = Object.entries(metadata).map(([name, bytes]) => [name, toBase64(bytes)] as const);
      const payload = {
        metadata: Object.fromEntries(entries),
        data: data instanceof Uint8Array ? toBase64(data) : '',
      };
      found.push({ path, encoding: Buffer.from(metadata['encoding'] ?? []).toString(), payload });
      return;
    }
    for (const [name, child] of Object.entries(value)) visit(child, `${path}.${name}`);
  };
  visit(message, '');
  return found;
}

function isBytesMap(value: unknown): value is Record<string, Uint8Array> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'encoding' in value &&
    Object.values(value).every((bytes) => bytes instanceof Uint8Array)
  );
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** One character a byte, so that any bytes can be searched for any others. */
export function bytesOf(parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts.map((part) => Buffer.from(part))).toString('latin1');
}
