/** `GET /:id/events`: each change of a batch and its jobs as it happens, as server-sent events. */
import { z } from 'zod';
import { batchOf, type RouteContext } from '../deps';
import { mediaEndpoint } from '../http/endpoint';
import { batchParams } from '../schemas';
import { parsePosition, WATCH_EVENTS } from '../watch/events';

const DATA = Object.entries(WATCH_EVENTS)
  .map(([type, schema]) => `\`${type}\`: { ${Object.keys(schema.shape).join(', ')} }`)
  .join('; ');

const CONTENT = [
  'Server-sent events; the data are JSON, their rows those of `GET /:id` (the batch without its default configuration).',
  `${DATA}.`,
  '`ready` comes first and holds the whole state; after it each change comes once, several changes of one row in short order as one.',
  'The id of an event is a change number: sent back as Last-Event-ID, the stream goes on behind it, without `ready`.',
  'The stream ends when the token expires; connect again with a new one.',
].join(' ');

export function watchRoutes({ host, record, watch }: RouteContext): void {
  mediaEndpoint(
    host,
    {
      method: 'get',
      path: '/:id/events',
      summary: 'Changes of a batch and its jobs as they happen; resumes by Last-Event-ID',
      tag: 'batches',
      access: 'read',
      limit: 'progress',
      params: batchParams,
      headers: z.object({ 'Last-Event-ID': z.string().optional() }),
      mediaType: 'text/event-stream',
      content: CONTENT,
      errors: ['BATCH_NOT_FOUND'],
    },
    async ({ caller, params, req, res }) => {
      watch.admit(caller.userId);
      const batch = await batchOf(record, caller, params.id);
      res.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store, no-transform',
        // Nginx would collect events before it passes them on.
        'X-Accel-Buffering': 'no',
        // The connection ends with the stream, so that a stopping server waits for no idle one.
        Connection: 'close',
      });
      if (req.method === 'HEAD') {
        res.end();
        return;
      }
      watch.watch(res, {
        batchId: batch.id,
        callerId: caller.userId,
        position: parsePosition(req.get('Last-Event-ID')),
        expiresAt: caller.expiresAt,
      });
    },
  );
}
