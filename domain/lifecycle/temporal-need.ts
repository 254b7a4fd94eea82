/** Whether Temporal can be worked with: it answers, and has the namespace and the search attributes. */
import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../ids';
import type { TemporalTarget } from '../settings';
import type { Need } from './needs';

const LOOK_MS = 5_000;

/** gRPC's codes, as far as they tell a person what to mend. */
const PROBLEMS: Readonly<Record<number, string>> = {
  4: 'does not answer',
  7: 'refuses us: its API key or certificate may not use this namespace',
  14: 'does not answer',
  16: 'refuses us: its API key or certificate is not accepted',
};
const NOT_FOUND = 5;
/** A server that tells nobody its search attributes: nothing to hold against it. */
const UNTOLD = new Set([7, 12]);

/** @param connection may be lazy; looking connects it */
export function temporalNeed(
  connection: Connection,
  { namespace, connection: { address } }: TemporalTarget,
): Need {
  const within = <T>(call: () => Promise<T>): Promise<T> =>
    connection.withDeadline(Date.now() + LOOK_MS, call);
  return {
    name: `Temporal at ${address}`,
    async missing() {
      try {
        await within(() => connection.workflowService.describeNamespace({ namespace }));
        const known = await within(() => searchAttributesOf(connection, namespace));
        const lacking = Object.keys(SEARCH_ATTRIBUTES).filter((name) => known !== null && !(name in known));
        return lacking.length === 0 ? null : `lacks the search attributes ${lacking.join(', ')}`;
      } catch (error) {
        return problemOf(error, namespace);
      }
    },
  };
}

/** By their names, as numbers of the server's enumeration of types; null when it does not tell. */
export async function searchAttributesOf(
  connection: Connection,
  namespace: string,
): Promise<Record<string, number> | null> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return customAttributes as Record<string, number>;
  } catch (error) {
    if (isGrpcServiceError(error) && UNTOLD.has(Number(error.code))) return null;
    throw error;
  }
}

/** As the end of "Temporal at …". The server's own words stay out of it. */
export function problemOf(error: unknown, namespace: string): string {
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  if (!isGrpcServiceError(cause)) return 'does not answer';
  const code = Number(cause.code);
  if (code === NOT_FOUND) return `has no namespace "${namespace}"`;
  if (code === 14 && /certificate|tls|ssl/i.test(cause.details))
    return 'does not speak TLS as it is set here';
  return PROBLEMS[code] ?? `answers with an error (gRPC code ${code})`;
}
