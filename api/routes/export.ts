/** `GET /:id/export.csv`: what became of each restaurant of a finished batch. */
import { exportFile, exportFileName } from '../batch-export';
import { batchOf, type RouteContext } from '../deps';
import { ApiError } from '../errors';
import { mediaEndpoint } from '../http/endpoint';
import type { ExportedJob } from '../record/export';
import { batchParams, MAX_PAGE, type BatchRow } from '../schemas';

const FINISHED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

export function exportRoutes({ host, record }: RouteContext): void {
  mediaEndpoint(
    host,
    {
      method: 'get',
      path: '/:id/export.csv',
      summary: 'A finished batch as a CSV file, one row a restaurant',
      tag: 'batches',
      access: 'read',
      limit: 'read',
      params: batchParams,
      mediaType: 'text/csv',
      content:
        'UTF-8 with a byte order mark, for Excel. A cell that a spreadsheet would run as a formula begins with an apostrophe.',
      errors: ['BATCH_NOT_FOUND', 'INVALID_STATUS'],
    },
    async ({ caller, params, res }) => {
      const batch = await batchOf(record, caller, params.id);
      if (!FINISHED.has(batch.status)) {
        throw new ApiError('INVALID_STATUS', 'Only a finished batch can be exported.', {
          status: batch.status,
        });
      }
      // Read to its end before the first byte: a file that breaks off would pass for a whole one.
      const file = exportFile(await allJobs(record, batch));
      res
        .set({
          'Content-Type': 'text/csv; charset=utf-8',
          'Content-Disposition': `attachment; filename="${exportFileName(batch)}"`,
          'Cache-Control': 'private, no-store',
        })
        .send(file);
    },
  );
}

async function allJobs(record: RouteContext['record'], batch: BatchRow): Promise<ExportedJob[]> {
  const jobs: ExportedJob[] = [];
  for (;;) {
    const { rows, total } = await record.exportedJobs(batch, { limit: MAX_PAGE, offset: jobs.length });
    jobs.push(...rows);
    if (rows.length === 0 || jobs.length >= total) return jobs;
  }
}
