/** What the API measures: its requests, what they came to, and the figures of the record, which one kind of process alone may tell. */
import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { setCertificateExpiry } from '../domain/telemetry/certificate';
import { outsideCallDuration } from '../domain/telemetry/outside-calls';
import type { AppDeps } from './deps';
import { routeLabel } from './http/endpoint';
import { recordFigures } from './record-figures';
import { WEBHOOK_PATH } from './routes/webhooks';

export interface Metrics {
  observe: RequestHandler;
  serve: RequestHandler;
}

type Deps = Pick<AppDeps, 'record' | 'workflows' | 'watch' | 'log' | 'settings'>;

/** People's choices, by what the workflow said: one request may bring many. In no registry by itself. */
export const choiceVerdicts = new Counter({
  name: 'registration_choices_total',
  help: "People's choices that were signalled, by the workflow's verdict within two seconds",
  labelNames: ['result'],
  registers: [],
});

/** A registry of its own for each app, so that two apps in one process do not mix. */
export function createMetrics(deps: Deps): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  register.registerMetric(outsideCallDuration);
  register.registerMetric(choiceVerdicts);
  setCertificateExpiry(register, deps.settings.temporal);
  watchGauges(register, deps.watch);
  const collectFigures = recordFigures(register, deps);
  const observeRequest = requestMetrics(register);
  return {
    observe: (req, res, next) => {
      const seen = observeRequest();
      res.on('finish', () => seen(req.method, routeLabel(res), res.statusCode, res.locals['errorCode']));
      next();
    },
    serve: async (_req, res) => {
      await collectFigures();
      res.type(register.contentType).send(await register.metrics());
    },
  };
}

const WEBHOOK_VERDICTS = ['taken', 'refused', 'repeated', 'invalid', 'not_possible_now'] as const;
type WebhookVerdict = (typeof WEBHOOK_VERDICTS)[number];

type Seen = (method: string, route: string, status: number, errorCode: unknown) => void;

/** The pattern of a route, not the address: ids would make a series of each request. */
function requestMetrics(register: Registry): () => Seen {
  const registers = [register];
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests by route pattern and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const commands = new Counter({
    name: 'registration_commands_total',
    help: 'Requests that ask for a change, by route pattern and result: done, or the code of the refusal',
    labelNames: ['route', 'result'],
    registers,
  });
  const webhooks = new Counter({
    name: 'registration_webhooks_total',
    help: 'Calls of the extraction service, by what was made of them',
    labelNames: ['verdict'],
    registers,
  });
  // A series that begins with its first event has not increased; an alert counts these.
  for (const verdict of WEBHOOK_VERDICTS) webhooks.inc({ verdict }, 0);
  return () => {
    const end = durations.startTimer();
    return (method, route, status, errorCode) => {
      end({ method, route, status: String(status) });
      if (route === WEBHOOK_PATH) webhooks.inc({ verdict: webhookVerdict(status) });
      else if (method !== 'GET' && method !== 'HEAD' && route !== 'unmatched') {
        commands.inc({ route, result: typeof errorCode === 'string' ? errorCode : 'done' });
      }
    };
  };
}

function webhookVerdict(status: number): WebhookVerdict {
  if (status < 300) return 'taken';
  if (status === 401) return 'refused';
  if (status === 409) return 'repeated';
  return status >= 500 ? 'not_possible_now' : 'invalid';
}

function watchGauges(register: Registry, watch: AppDeps['watch']): void {
  const registers = [register];
  new Gauge({
    name: 'registration_event_streams',
    help: 'People and programs that watch a batch at this process',
    registers,
    collect() {
      this.set(watch.state().streams);
    },
  });
  new Gauge({
    name: 'registration_listen_up',
    help: 'Whether the database tells of changes as they happen (1) or must be asked (0); absent while nobody watches',
    registers,
    // A metric without labels is 0 until it is set; this one is not there.
    labelNames: ['channel'],
    collect() {
      const { listening } = watch.state();
      if (listening === null) this.reset();
      else this.set({ channel: 'registration_changes' }, listening ? 1 : 0);
    },
  });
}
