/** How each system words a failure that comes before anything happens, and how an answer gets lost or spoiled on its way. */
import type { Request, Response } from 'express';
import { atStage, handleFault, type FaultHandlers, type StoredFault, type System } from './faults';

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** Undefined: no body. */
  body?: unknown;
}

/** An answer, or what happens instead of one. */
export type Delivery =
  | { kind: 'answer'; answer: Answer }
  | { kind: 'text'; status: number; type: string; text: string }
  | { kind: 'reset' }
  | { kind: 'silence' };

export const answer = (status: number, body?: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  ...(body === undefined ? {} : { body }),
});

type Refusal = (message: string, extra?: Record<string, unknown>) => unknown;

/** The form of an error, by system. The gateway before the register has a form of its own. */
const ERROR_BODY: Record<System, (status: number) => Refusal> = {
  nzbn: (status) => (message) => ({ statusCode: status, message }),
  cloudwaitress: () => (message) => ({ outcome: 1, message }),
  backend: () => (message, extra) => ({ success: false, error: message, message, ...extra }),
  'platform-read': () => (message) => ({ error: message }),
};

const KEY_REFUSED =
  'Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.';
const AUTHENTICATE = {
  'WWW-Authenticate':
    'AzureApiManagementKey realm="https://api.business.govt.nz/gateway/nzbn/v5",name="Ocp-Apim-Subscription-Key",type="header"',
};

/** 400 as the register's own software words it. */
export function registerError(
  status: number,
  description: string,
  field: string | null,
  numeric = false,
): Answer {
  const list = field === null ? [] : [{ field, message: description }];
  const code = status === 404 ? 'ENTITY_NOT_FOUND' : 'INVALID_REQUEST';
  return answer(status, {
    status: numeric ? status : String(status),
    errorCode: code,
    errorDescription: description,
    list,
  });
}

export function unauthorized(system: System, message = 'Invalid key'): Answer {
  return system === 'nzbn'
    ? answer(401, { statusCode: 401, message: KEY_REFUSED }, AUTHENTICATE)
    : answer(401, ERROR_BODY[system](401)(message));
}

export function featureDisabled(feature: string): Answer {
  const message = `The feature "${feature}" is not available for this organisation`;
  return answer(403, { error: 'Feature not available', message, feature, upgrade_required: true });
}

function retryLater(system: System, seconds: number): Answer {
  const text =
    system === 'nzbn' ? `Rate limit is exceeded. Try again in ${seconds} seconds.` : 'Too many requests';
  return answer(429, ERROR_BODY[system](429)(text), { 'Retry-After': String(seconds) });
}

const plain =
  (status: number, message: string): ((params: unknown, system: System) => Answer) =>
  (_params, system) =>
    answer(status, ERROR_BODY[system](status)(message));

/** Null: nothing is sent. */
const BEFORE: FaultHandlers<'before', [System, string], Answer | null> = {
  unauthorized: (_params, system) => unauthorized(system),
  forbidden: (params, system, feature) =>
    system === 'backend'
      ? featureDisabled(params.feature ?? feature)
      : answer(403, ERROR_BODY[system](403)('Forbidden')),
  rate_limited: ({ retryAfterSeconds }, system) => retryLater(system, retryAfterSeconds),
  server_error: ({ message }, system) => answer(500, ERROR_BODY[system](500)(message)),
  bad_gateway: plain(502, 'Bad gateway'),
  unavailable: ({ retryable }, system) =>
    answer(503, ERROR_BODY[system](503)('Service temporarily unavailable', { retryable })),
  quota: plain(403, 'Out of call volume quota. Quota will be replenished in 02:10:00.'),
  invalid_request: () => registerError(400, 'The search term is not valid', 'search-term'),
  reset_before_effect: () => null,
};

/** What a fault of the stage `before` answers; null if it answers nothing. */
export const refusalBefore = (system: System, fault: StoredFault, feature = 'registration'): Answer | null =>
  handleFault(BEFORE, fault, system, feature);

const HTML =
  '<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>';

const DELIVERIES: FaultHandlers<'delivery', [System, Answer], Delivery> = {
  reset_after_effect: () => ({ kind: 'reset' }),
  timeout_after_effect: (params, system) => {
    if (params.answer === 'none') return { kind: 'silence' };
    return params.answer === 'error500'
      ? { kind: 'answer', answer: answer(500, timedOutBody()) }
      : { kind: 'answer', answer: answer(504, ERROR_BODY[system](504)('Gateway timeout')) };
  },
  truncated_json: (_params, _system, given) => {
    const whole = JSON.stringify(given.body ?? {});
    const text = whole.slice(0, Math.max(1, Math.floor(whole.length / 2)));
    return { kind: 'text', status: given.status, type: 'application/json', text };
  },
  html_body: ({ status }) => ({ kind: 'text', status, type: 'text/html', text: HTML }),
};

/** What the caller gets to see of an answer, given the faults of this request. */
export function deliver(system: System, given: Answer, faults: readonly StoredFault[]): Delivery {
  const fault = atStage(faults, 'delivery');
  return fault === undefined
    ? { kind: 'answer', answer: given }
    : handleFault(DELIVERIES, fault, system, given);
}

export const timedOutBody = (): Record<string, unknown> => ({
  success: false,
  error: 'Script execution timed out',
  details: 'The process was killed because it timed out',
});

/** Sends it. True if something went out. */
export function send(req: Request, res: Response, delivery: Delivery): boolean {
  if (res.destroyed || req.socket.destroyed) return false;
  switch (delivery.kind) {
    case 'reset':
      req.socket.resetAndDestroy();
      return false;
    case 'silence':
      return false;
    case 'text':
      res.status(delivery.status).type(delivery.type).send(delivery.text);
      return true;
    case 'answer': {
      const { status, headers, body } = delivery.answer;
      res.status(status).set(headers ?? {});
      if (body === undefined) res.end();
      else res.json(body);
      return true;
    }
  }
}
