/** Calls of the extraction service. No user: the signature says who it is, and each signed call is taken once. */
import { randomUUID } from 'node:crypto';
import { Router, type Request, type RequestHandler } from 'express';
import { z } from 'zod';
import { extractionsCompleted } from '../../workflows/messages';
import type { RouteContext } from '../deps';
import { ApiError, errorAnswer, parseInput } from '../errors';
import { jsonContent } from '../http/endpoint';
import { rawBody, refuseHostileShape } from '../http/body';
import { sha256 } from '../idempotency';
import type { IdempotencyKey } from '../record/control';
import type { ApiSettings } from '../../domain/settings';
import { callDigest, SIGNATURE_HEADER, TIMESTAMP_HEADER, verifyWebhook } from '../webhook-signature';

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

function parseBody(bytes: Buffer): z.infer<typeof webhookBody> {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new ApiError('VALIDATION_FAILED', 'The body is not valid JSON.', { issues: [] });
  }
  refuseHostileShape(json);
  return parseInput(webhookBody, json, 'body');
}

/** @returns the bytes as they were signed. @throws ApiError UNAUTHENTICATED */
function signedBytes(req: Request, settings: ApiSettings): Buffer {
  const raw: unknown = req.body;
  const bytes = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
  const { WEBHOOK_SECRET: secret, WEBHOOK_SECRET_PREVIOUS: previous } = settings;
  const secrets = previous === undefined ? [secret] : [secret, previous];
  if (!verifyWebhook(secrets, req.headers, bytes, Math.floor(Date.now() / 1000))) {
    throw new ApiError('UNAUTHENTICATED', 'The signature is missing, wrong or too old.');
  }
  return bytes;
}

function keyOf(req: Request, bytes: Buffer): IdempotencyKey {
  const key = callDigest(String(req.headers[TIMESTAMP_HEADER]), bytes);
  return { caller: 'webhook', route: WEBHOOK_PATH, key, body_hash: sha256(bytes.toString('base64')) };
}

/**
 * Does what a signed call asks for, once: who sends the same bytes again is refused, on whichever API process. A call that failed
 * is given back, so that its sender may repeat it as it is.
 */
async function once<T>(
  record: RouteContext['record'],
  organisationId: string,
  key: IdempotencyKey,
  act: () => Promise<T>,
): Promise<T> {
  // Of two that come at the same moment, the stored claim is one's own.
  const claim = { claim: randomUUID() };
  const stored = await record.claimIdempotencyKey(organisationId, key, claim);
  if (stored.response?.['claim'] !== claim.claim) {
    throw new ApiError('IDEMPOTENCY_KEY_REUSED', 'This call was taken already. Sign a new one.');
  }
  try {
    return await act();
  } catch (error) {
    await record.releaseIdempotencyKey(organisationId, key, claim);
    throw error;
  }
}

export function webhookRouter({ host, record, workflows, settings }: RouteContext): Router {
  documentWebhook(host.registry);
  const receive: RequestHandler = async (req, res) => {
    const bytes = signedBytes(req, settings);
    const { restaurant_id: restaurantId } = parseBody(bytes);
    const organisationId = await record.organisationOf(restaurantId);
    const wake = async (organisation: string): Promise<boolean> => {
      const jobId = await record.liveJobOf(organisation, restaurantId);
      return jobId !== null && (await workflows.signal(jobId, extractionsCompleted));
    };
    const signalled =
      organisationId !== null &&
      (await once(record, organisationId, keyOf(req, bytes), () => wake(organisationId)));
    res.status(202).json(webhookAnswer.parse({ success: true, signalled }));
  };
  const label: RequestHandler = (_req, res, next) => {
    res.locals['route'] = WEBHOOK_PATH;
    next();
  };
  return Router().post(WEBHOOK_PATH, label, rawBody(), receive);
}

const REFUSALS = {
  400: 'VALIDATION_FAILED',
  401: 'UNAUTHENTICATED',
  409: 'IDEMPOTENCY_KEY_REUSED: the same signed call was taken already',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'RATE_LIMITED',
  503: 'DATABASE_UNAVAILABLE, TEMPORAL_UNAVAILABLE: send it again',
};

function documentWebhook(registry: RouteContext['host']['registry']): void {
  registry.registerPath({
    method: 'post',
    path: WEBHOOK_PATH,
    summary: 'An extraction is through: wakes step 1 of the restaurant at once',
    description: `Signed: ${SIGNATURE_HEADER} = "sha256=" + hex HMAC-SHA256(secret, timestamp + "." + body), ${TIMESTAMP_HEADER} = unix seconds, at most 5 minutes old. The same signed call is taken once.`,
    tags: ['webhooks'],
    request: {
      headers: z.object({ [SIGNATURE_HEADER]: z.string(), [TIMESTAMP_HEADER]: z.string() }),
      body: { required: true, ...jsonContent(webhookBody, 'input') },
    },
    responses: {
      202: { description: 'Taken', ...jsonContent(webhookAnswer, 'output') },
      ...Object.fromEntries(
        Object.entries(REFUSALS).map(([status, description]) => [
          status,
          { description, ...jsonContent(errorAnswer, 'output') },
        ]),
      ),
    },
  });
}
