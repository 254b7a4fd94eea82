/** Calls of the extraction service. No user: the signature says who it is. */
import { Router, type RequestHandler } from 'express';
import { z } from 'zod';
import { extractionsCompleted } from '../../workflows/messages';
import type { RouteContext } from '../deps';
import { ApiError, parseInput } from '../errors';
import { jsonContent } from '../http/endpoint';
import { depthExceeds, MAX_DEPTH, rawBody } from '../http/body';
import { SIGNATURE_HEADER, TIMESTAMP_HEADER, verifyWebhook } from '../webhook-signature';

export const WEBHOOK_PATH = '/api/webhooks/extractions';

const webhookBody = z.object({
  restaurant_id: z.guid(),
  job_type: z.string().max(100).optional(),
  status: z.string().max(100).optional(),
});

const webhookAnswer = z.object({
  success: z.literal(true),
  /** Whether a registration of this restaurant was woken; none may be under way. */
  signalled: z.boolean(),
});

function parseBody(raw: unknown): z.infer<typeof webhookBody> {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.isBuffer(raw) ? raw.toString('utf8') : '');
  } catch {
    throw new ApiError('VALIDATION_FAILED', 'The body is not valid JSON.', { issues: [] });
  }
  if (depthExceeds(json, MAX_DEPTH)) throw new ApiError('VALIDATION_FAILED', 'The body is nested too deep.');
  return parseInput(webhookBody, json, 'body');
}

export function webhookRouter({ host, record, workflows, settings }: RouteContext): Router {
  documentWebhook(host.registry);
  const receive: RequestHandler = async (req, res) => {
    const raw: unknown = req.body;
    const bytes = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
    if (!verifyWebhook(settings.WEBHOOK_SECRET, req.headers, bytes, Math.floor(Date.now() / 1000))) {
      throw new ApiError('UNAUTHENTICATED', 'The signature is missing, wrong or too old.');
    }
    const { restaurant_id } = parseBody(raw);
    const jobId = await record.liveJobOf(restaurant_id);
    const signalled = jobId !== null && (await workflows.signal(jobId, extractionsCompleted));
    res.status(202).json(webhookAnswer.parse({ success: true, signalled }));
  };
  const label: RequestHandler = (_req, res, next) => {
    res.locals['route'] = WEBHOOK_PATH;
    next();
  };
  return Router().post(WEBHOOK_PATH, label, rawBody(), receive);
}

function documentWebhook(registry: RouteContext['host']['registry']): void {
  registry.registerPath({
    method: 'post',
    path: WEBHOOK_PATH,
    summary: 'An extraction is through: wakes step 1 of the restaurant at once',
    description: `Signed: ${SIGNATURE_HEADER} = "sha256=" + hex HMAC-SHA256(secret, timestamp + "." + body), ${TIMESTAMP_HEADER} = unix seconds, at most 5 minutes old.`,
    tags: ['webhooks'],
    request: {
      headers: z.object({ [SIGNATURE_HEADER]: z.string(), [TIMESTAMP_HEADER]: z.string() }),
      body: { required: true, ...jsonContent(webhookBody, 'input') },
    },
    responses: {
      202: { description: 'Taken', ...jsonContent(webhookAnswer, 'output') },
      401: { description: 'UNAUTHENTICATED' },
      503: { description: 'DATABASE_UNAVAILABLE, TEMPORAL_UNAVAILABLE: send it again' },
    },
  });
}
