/**
 * The one way in which a route is made: its definition validates input and answer, limits the rate and appears in the
 * OpenAPI document; a handler is a plain function from what was asked to what is answered.
 */
import type { OpenAPIRegistry, RouteConfig } from '@asteasolutions/zod-to-openapi';
import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { assertMay, rolesFor, type Access } from '../access';
import type { Caller } from '../auth';
import { ApiError, errorAnswer, ERROR_STATUS, parseInput, validationFailed, type ErrorCode } from '../errors';
import type { LimitClass } from './limits';

type RequestBody = NonNullable<NonNullable<RouteConfig['request']>['body']>;
type SchemaObject = NonNullable<
  Extract<NonNullable<RequestBody['content']['application/json']>, { schema?: unknown }>['schema']
>;

/** What every route says of itself. */
export interface RouteSpec<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  method: 'get' | 'post' | 'patch';
  /** Below the router's base, with express parameters, e.g. `/:id/start`. */
  path: string;
  summary: string;
  tag: string;
  /** Who may use it. */
  access: Access;
  limit: LimitClass;
  params?: P;
  query?: Q;
  body?: B;
  /** For the document, where the handler itself checks more than `body` does. */
  documentedBody?: z.ZodType;
  errors?: readonly ErrorCode[];
}

/** A route that answers JSON. */
export interface EndpointSpec<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  A extends z.ZodObject,
> extends RouteSpec<P, Q, B> {
  /** Of a success. */
  status?: 200 | 201 | 202;
  /** `success: true` is added; what is not in it does not leave the house. */
  answer: A;
}

/** A route that writes another kind of answer: a file, a stream. */
export interface MediaSpec<P extends z.ZodObject, Q extends z.ZodObject> extends RouteSpec<
  P,
  Q,
  z.ZodUnknown
> {
  method: 'get';
  mediaType: string;
  /** What is in it, for the document. */
  content: string;
  /** Request headers that matter, for the document. */
  headers?: z.ZodObject;
}

export interface Asked<P, Q, B> {
  caller: Caller;
  params: P;
  query: Q;
  body: B;
  req: Request;
  res: Response;
}

export interface EndpointHost {
  router: Router;
  /** Where the router is mounted, for the document and the route label. */
  base: string;
  registry: OpenAPIRegistry;
  limits: Readonly<Record<LimitClass, RequestHandler>>;
}

const COMMON_ERRORS: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'DATABASE_UNAVAILABLE',
];

export function endpoint<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodUnknown,
  A extends z.ZodObject = z.ZodObject,
>(
  host: EndpointHost,
  spec: EndpointSpec<P, Q, B, A>,
  handle: (asked: Asked<z.output<P>, z.output<Q>, z.output<B>>) => Promise<z.input<A>>,
): void {
  const answerSchema = z.object({ success: z.literal(true), ...spec.answer.shape });
  const success = { description: 'Done', ...jsonContent(answerSchema, 'output') };
  addRoute(host, spec, { status: spec.status ?? 200, success }, async (asked) => {
    const answer = await handle(asked);
    const { req, res } = asked;
    if (isKnownTag(req.headers['if-none-match'], res.getHeader('ETag'))) {
      res.status(304).end();
      return;
    }
    res.status(spec.status ?? 200).json(answerSchema.parse({ ...answer, success: true }));
  });
}

/**
 * A GET whose handler writes the answer itself, once everything that may be refused was refused: errors thrown before its first
 * byte are answered like those of every other route.
 */
export function mediaEndpoint<P extends z.ZodObject = z.ZodObject, Q extends z.ZodObject = z.ZodObject>(
  host: EndpointHost,
  spec: MediaSpec<P, Q>,
  handle: (asked: Asked<z.output<P>, z.output<Q>, unknown>) => Promise<void>,
): void {
  const success = {
    description: spec.content,
    content: { [spec.mediaType]: { schema: { type: 'string' as const } } },
  };
  addRoute(host, spec, { status: 200, success, headers: spec.headers }, handle);
}

interface Documented {
  status: number;
  success: NonNullable<RouteConfig['responses'][number]>;
  headers?: z.ZodObject | undefined;
}

function addRoute<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  host: EndpointHost,
  spec: RouteSpec<P, Q, B>,
  documented: Documented,
  respond: (asked: Asked<z.output<P>, z.output<Q>, z.output<B>>) => Promise<void>,
): void {
  const label = `${host.base}${spec.path === '/' ? '' : spec.path}`;
  document(host.registry, label, spec, documented);
  host.router[spec.method](
    spec.path,
    (_req, res, next) => {
      res.locals['route'] = label;
      next();
    },
    host.limits[spec.limit],
    (req, res) => {
      const caller = callerOf(res);
      // Before anything of the request is looked at: who may not do this learns nothing else.
      assertMay(caller, spec.access);
      const params = parseParams(spec.params, req.params);
      // For the request's line in the log: they are ids by now, whatever was asked for.
      res.locals['ids'] = idsOfParams(params);
      return respond({
        caller,
        params,
        query: (spec.query ? parseInput(spec.query, req.query, 'query') : {}) as z.output<Q>,
        body: (spec.body ? parseInput(spec.body, req.body ?? {}, 'body') : undefined) as z.output<B>,
        req,
        res,
      });
    },
  );
}

/** Under the names that every line of ours has; `key` is a sub-step's. */
function idsOfParams({ id, key, ...ids }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...ids,
    ...(id === undefined ? {} : { batchId: id }),
    ...(key === undefined ? {} : { subStep: key }),
  };
}

/**
 * express's own check answers in full when the request says `Cache-Control: no-cache`, as every `fetch` does that brings
 * a tag. Our tags are made afresh from the record, so the caller gets what it asks for: the truth of this moment.
 */
function isKnownTag(known: string | undefined, tag: unknown): boolean {
  if (known === undefined || typeof tag !== 'string') return false;
  return known.split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}

/** An id that is no UUID is an id that nobody has: answered like an unknown one. */
function parseParams<P extends z.ZodObject>(schema: P | undefined, params: unknown): z.output<P> {
  if (!schema) return {} as z.output<P>;
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const wrong = new Set(result.error.issues.map(({ path }) => path[0]));
  if (wrong.has('jobId')) throw notFound('JOB_NOT_FOUND');
  if (wrong.has('restaurantId')) throw notFound('RESTAURANT_NOT_FOUND');
  if (wrong.has('id')) throw notFound('BATCH_NOT_FOUND');
  if (wrong.has('key'))
    throw validationFailed([{ path: 'key', message: 'There is no such sub-step.', code: 'INVALID_VALUE' }]);
  throw new ApiError('NOT_FOUND', 'There is no such address.');
}

const NOT_FOUND_SENTENCES = {
  BATCH_NOT_FOUND: 'There is no such batch.',
  JOB_NOT_FOUND: 'There is no such job.',
  RESTAURANT_NOT_FOUND: 'There is no such restaurant.',
} as const;

export function notFound(code: keyof typeof NOT_FOUND_SENTENCES): ApiError {
  return new ApiError(code, NOT_FOUND_SENTENCES[code]);
}

export function callerOf(res: Response): Caller {
  const caller = res.locals['caller'] as Caller | undefined;
  if (!caller) throw new ApiError('UNAUTHENTICATED', 'Sign in first.');
  return caller;
}

export function routeLabel(res: Response): string {
  const route: unknown = res.locals['route'];
  return typeof route === 'string' ? route : 'unmatched';
}

/**
 * zod's own JSON Schema, which OpenAPI 3.1 takes as it is; it knows every kind of schema that we use.
 * @param io What a caller sends is described before its transforms, what we answer after them.
 */
export function jsonContent(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return { content: { 'application/json': { schema: described as SchemaObject } } };
}

function document<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  registry: OpenAPIRegistry,
  label: string,
  spec: RouteSpec<P, Q, B>,
  { status, success, headers }: Documented,
): void {
  const codes = [
    ...COMMON_ERRORS,
    ...(spec.query || spec.body ? (['VALIDATION_FAILED'] as const) : []),
    ...(spec.body ? (['PAYLOAD_TOO_LARGE'] as const) : []),
    ...(spec.errors ?? []),
  ];
  const statuses = [...new Set(codes.map((code) => ERROR_STATUS[code]))];
  const codesOf = (status: number): string =>
    [...new Set(codes)].filter((code) => ERROR_STATUS[code] === status).join(', ');
  registry.registerPath({
    method: spec.method,
    path: label.replace(/:(\w+)/g, '{$1}'),
    summary: spec.summary,
    description: `For: ${rolesFor(spec.access).join(', ')}.`,
    'x-access': spec.access,
    tags: [spec.tag],
    security: [{ bearer: [] }],
    request: {
      ...(spec.params ? { params: spec.params } : {}),
      ...(spec.query ? { query: spec.query } : {}),
      ...(headers ? { headers } : {}),
      ...(spec.body
        ? { body: { required: true, ...jsonContent(spec.documentedBody ?? spec.body, 'input') } }
        : {}),
    },
    responses: {
      [String(status)]: success,
      ...(spec.method === 'get'
        ? { '304': { description: 'Nothing has changed since the ETag that If-None-Match names' } }
        : {}),
      ...Object.fromEntries(
        statuses.map((refused) => [
          String(refused),
          { description: codesOf(refused), ...jsonContent(errorAnswer, 'output') },
        ]),
      ),
    },
  });
}
