/**
 * Seals every stored secret anew under the key that seals now (the first of `SEAL_KEYS`), beside a live system: each row is replaced
 * only as it was read, and one that is done is not looked at again, so it may be ended and begun anew at any time.
 */
import { mapLimited } from '../../domain/concurrency';
import { reseal, SealingError, type KeyRing, type SealingErrorCode } from '../../domain/sealing';
import type { SecretRow, SecretStore } from './store';

export interface RotateOptions {
  /** Opens everything and changes nothing. */
  dryRun: boolean;
  /** Rows read at once. */
  pageSize?: number;
}

export interface Rotation {
  /** Under the newest key now; in a dry run: that could be. */
  resealed: number;
  /** Removed or replaced by somebody else meanwhile: not ours to touch. */
  changedMeanwhile: number;
  /** What could not be opened, by the key that it names. */
  refused: { keyId: string; code: SealingErrorCode; count: number }[];
  /** Under another key than the newest now; 0 = the old keys may leave the ring. */
  left: number;
}

const PAGE = 200;
const AT_ONCE = 8;

type Outcome = 'resealed' | 'changedMeanwhile' | { keyId: string; code: SealingErrorCode };

/** @throws what the store throws: what was done until then stays done */
export async function rotate(ring: KeyRing, store: SecretStore, options: RotateOptions): Promise<Rotation> {
  const { dryRun, pageSize = PAGE } = options;
  const outcomes: Outcome[] = [];
  let after: string | null = null;
  for (;;) {
    const rows: SecretRow[] = await store.notUnder(ring.sealingKeyId, after, pageSize);
    outcomes.push(...(await mapLimited(rows, AT_ONCE, (row) => resealOne(ring, store, row, dryRun))));
    const last = rows.at(-1);
    if (!last) break;
    after = last.id;
  }
  const count = (outcome: Outcome): number => outcomes.filter((one) => one === outcome).length;
  return {
    resealed: count('resealed'),
    changedMeanwhile: count('changedMeanwhile'),
    refused: refusals(outcomes),
    left: await store.countNotUnder(ring.sealingKeyId),
  };
}

async function resealOne(
  ring: KeyRing,
  store: SecretStore,
  row: SecretRow,
  dryRun: boolean,
): Promise<Outcome> {
  try {
    const sealed = reseal(ring, { organisationId: row.organisationId, secretId: row.id }, row);
    if (dryRun) return 'resealed';
    return (await store.replace(row, sealed)) ? 'resealed' : 'changedMeanwhile';
  } catch (error) {
    if (error instanceof SealingError) return { keyId: row.keyId, code: error.code };
    throw error;
  }
}

function refusals(outcomes: readonly Outcome[]): Rotation['refused'] {
  const counted = new Map<string, Rotation['refused'][number]>();
  for (const outcome of outcomes) {
    if (typeof outcome === 'string') continue;
    const name = JSON.stringify(outcome);
    const known = counted.get(name) ?? { ...outcome, count: 0 };
    counted.set(name, { ...known, count: known.count + 1 });
  }
  return [...counted.values()];
}
