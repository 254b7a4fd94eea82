/**
 * The codec server: Temporal's Web UI and command line send it payloads as the engine stores them, and show what they get back.
 * Protocol: POST {payloads: [{metadata: {name: base64}, data: base64}]}, answered in the same form.
 */
import type { Payload, PayloadCodec } from '@temporalio/common';
import express, { Router, type RequestHandler } from 'express';
import { z } from 'zod';
import { PayloadError } from '../../domain/payload-codec';
import { ApiError, parseInput } from '../errors';
import { allowOrigins, requireCodecToken, type CodecSettings } from './access';

export const CODEC_PATH = '/api/codec';

/** Far above what one field of an event holds: payloads of ours are below 64 KB. */
const MAX_BYTES = 1024 * 1024;

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const body = z.object({
  /** The command line leaves out an empty list: so it asks for a query without arguments. */
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), base64).default({}), data: base64.default('') }))
    .default([]),
});
type JsonPayload = z.infer<typeof body>['payloads'][number];

function fromJson({ metadata, data }: JsonPayload): Payload {
  const entries = Object.entries(metadata).map(
    ([name, value]) => [name, Buffer.from(value, 'base64')] as const,
  );
  return { metadata: Object.fromEntries(entries), data: Buffer.from(data, 'base64') };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, toText(value)] as const);
  return { metadata: Object.fromEntries(entries), data: toText(data ?? new Uint8Array()) };
}

/** Answers nothing at all while neither a token nor a development page is set. */
export function codecRouter(codec: PayloadCodec, settings: CodecSettings): Router {
  const router = Router();
  if (settings.CODEC_TOKEN === undefined && settings.CODEC_DEV_ORIGINS.length === 0) return router;

  const through =
    (convert: (payloads: Payload[]) => Promise<Payload[]>): RequestHandler =>
    async (req, res) => {
      const { payloads } = parseInput(body, req.body, 'body');
      try {
        res.json({ payloads: (await convert(payloads.map(fromJson))).map(toJson) });
      } catch (error) {
        // Told in its own words: the Web UI shows them, and they say which key is missing.
        if (error instanceof PayloadError) throw new ApiError('VALIDATION_FAILED', error.message);
        throw error;
      }
    };
  const label: RequestHandler = (req, res, next) => {
    res.locals['route'] = `${CODEC_PATH}${req.path}`;
    next();
  };
  const decode = through((payloads) => codec.decode(payloads));
  const encode = through((payloads) => codec.encode(payloads));
  const before = [label, allowOrigins(settings), requireCodecToken(settings)];
  for (const [path, handler] of [
    ['/decode', decode],
    ['/encode', encode],
  ] as const) {
    // A body is read only once its sender is known.
    router.all(path, ...before);
    router.post(path, express.json({ limit: MAX_BYTES }), handler);
  }
  return router;
}
