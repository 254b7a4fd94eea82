/** The API's side of the record: reads by caller's scope, and the few writes that are the API's own. */
import { batchReads } from './record/batches';
import type { Database } from './record/client';
import { commandReads } from './record/commands';
import { controlWrites } from './record/control';
import { credentialReads } from './record/credentials';
import { exportReads } from './record/export';
import { figureReads } from './record/figures';
import { jobReads } from './record/jobs';
import { restaurantReads } from './record/restaurants';
import { watchReads } from './record/watch';

export function createRecord(db: Database) {
  return {
    ...batchReads(db),
    ...jobReads(db),
    ...restaurantReads(db),
    ...controlWrites(db),
    ...commandReads(db),
    ...credentialReads(db),
    ...watchReads(db),
    ...exportReads(db),
    ...figureReads(db),
  };
}

export type ApiRecord = ReturnType<typeof createRecord>;
