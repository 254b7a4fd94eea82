/**
 * The design that the product replaces: one process, one asynchronous function a restaurant, and nothing that outlives it.
 * What waits for a person waits in memory.
 */
import express, { type Request } from 'express';
import { register, type Configuration, type Job, type Question } from '../flow';
import { performFromEnvironment, setting } from '../work';

const perform = performFromEnvironment();
const waiting = new Map<string, (answer: Configuration) => void>();

function ask(job: Job, question: Question): Promise<Configuration> {
  return new Promise((resolve) => waiting.set(`${job.jobId}/${question}`, resolve));
}

async function run(job: Job): Promise<void> {
  await register({
    perform: (unit, configuration) => perform(job, unit, configuration),
    all: (units) => Promise.all(units),
    ask: (question) => ask(job, question),
  });
}

const app = express();
app.use(express.json({ limit: '10mb' }));

app.post('/jobs', (request: Request<unknown, unknown, Job[]>, response) => {
  for (const job of request.body)
    run(job).catch((error: unknown) => process.stderr.write(`${job.jobId} failed: ${String(error)}\n`));
  response.status(202).end();
});

app.post(
  '/answers',
  (request: Request<unknown, unknown, { key: string; answer: Configuration }>, response) => {
    const { key, answer } = request.body;
    const resume = waiting.get(key);
    waiting.delete(key);
    resume?.(answer);
    response.status(resume ? 202 : 404).end();
  },
);

app.listen(Number(setting('WORKER_PORT')), '127.0.0.1', () => process.stdout.write('worker ready\n'));
