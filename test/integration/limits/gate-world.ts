/** Two worker processes before one account vendor, who writes down when each sign-up began. Runs from dist: build first. */
import { createHash } from 'node:crypto';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { accountGateWorkflowId, DEFAULT_TASK_QUEUES, registrationWorkflowId } from '../../../domain/ids';
import type { Job } from '../../../dev/demo/api-client';
import { simulatorClient, type SimulatorClient } from '../../../dev/simulator/client';
import { leaseReported, leaseState, WORKFLOW_TYPES, type LeaseState } from '../../../workflows/messages';
import type { Operator } from '../../helpers/operator';
import { eventually, NO_RATE_LIMITS, startTestStack, type TestStack } from '../../helpers/stack';
import { dataConverterOf } from '../../helpers/payloads';

/** At this speed the vendor's minute is 1.5 s, for the gate and for the simulated vendor alike. */
const SPEED = 40;
export const INTERVAL_MS = 1_500;

export interface Start {
  /** When the vendor got the call, ms since the epoch. */
  at: number;
  email: string;
}

/** What the record says of a job's account. */
export interface AccountRow {
  job_id: string;
  status: string;
  error_type: string | null;
  note: string | null;
  output: { attached?: boolean } | null;
}

export class GateWorld {
  private constructor(
    readonly stack: TestStack,
    readonly simulator: SimulatorClient,
    private readonly connection: Connection,
    private readonly client: Client,
  ) {}

  static async open(): Promise<GateWorld> {
    const stack = await startTestStack({
      apps: {},
      workers: 2,
      speed: SPEED,
      env: NO_RATE_LIMITS,
    });
    const connection = Connection.lazy({ address: stack.env['TEMPORAL_ADDRESS'] ?? '' });
    const client = new Client({ connection, dataConverter: dataConverterOf(stack.env) });
    return new GateWorld(stack, simulatorClient(stack.service('simulator').url), connection, client);
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.stack.stopAll();
  }

  // ---- the vendor's side -------------------------------------------------------------------------------------------

  /** Every sign-up call that reached the vendor, in order. */
  async starts(): Promise<Start[]> {
    const calls = await this.simulator.ledger({ system: 'cloudwaitress' });
    return calls
      .filter(({ route }) => route === 'start')
      .map(({ time, email }) => ({ at: Date.parse(time), email: email ?? '' }));
  }

  /** The gaps before the sign-ups from number `from` on, printed; the vendor's own measure is over all of them. */
  async printGaps(title: string, from = 0): Promise<number[]> {
    const starts = await this.starts();
    const gaps = starts.map(({ at }, index) => at - (starts[index - 1]?.at ?? NaN)).slice(Math.max(1, from));
    const { minGapMs, throttled } = (await this.simulator.effectsSummary()).accounts;
    process.stdout.write(
      `${title}\n  gaps before each sign-up, ms: ${gaps.join(' ')}\n` +
        `  smallest ${Math.min(...gaps)}, of all so far ${minGapMs}, promised ${INTERVAL_MS}; throttled ${throttled}\n`,
    );
    return gaps;
  }

  /** Accounts of the operator's restaurants that exist at the vendor; each e-mail at most once. */
  async accountsOf({ restaurants }: Operator): Promise<number> {
    const emails = new Set(restaurants.map(({ email }) => email.toLowerCase()));
    const { effects } = await this.simulator.effects();
    return effects.filter(({ email, count }) => email !== null && emails.has(email) && count === 1).length;
  }

  async accountRows(jobIds: string[]): Promise<AccountRow[]> {
    const { data, error } = await this.stack.supabase
      .from('registration_sub_steps')
      .select('job_id, status, error_type, note, output')
      .eq('key', 'cloudwaitressAccount')
      .in('job_id', jobIds);
    if (error) throw new Error(error.message);
    return data as AccountRow[];
  }

  // ---- the gate ----------------------------------------------------------------------------------------------------

  gate(): Promise<LeaseState> {
    return this.lease(this.gateId);
  }

  /** Of an account gate or an owner. One that nobody has asked yet has no workflow: it is empty. */
  async lease(workflowId: string): Promise<LeaseState> {
    try {
      return await this.workflow(workflowId).query(leaseState);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return { queue: [], held: null, nextGrantAt: 0, settled: [] };
    }
  }

  get gateId(): string {
    const credentials = this.stack.env['CLOUDWAITRESS_INTEGRATOR_ID'] ?? '';
    return accountGateWorkflowId(createHash('sha256').update(credentials).digest('hex').slice(0, 16));
  }

  /** As after a throttled answer: nobody gets a turn for so long. */
  async holdGate(ms: number): Promise<void> {
    await this.client.workflow.signalWithStart(WORKFLOW_TYPES.lease, {
      workflowId: this.gateId,
      taskQueue: DEFAULT_TASK_QUEUES.registrations,
      args: [{ minIntervalMs: INTERVAL_MS, leaseMs: 75_000, extendWhileRunning: false }],
      signal: leaseReported,
      signalArgs: [{ requestId: 'none', outcome: 'started', holdMs: ms }],
    });
  }

  workflow(workflowId: string) {
    return this.client.workflow.getHandle(workflowId);
  }

  /** The worker process that runs the account activity of the job that holds the gate; null: none does at the moment. */
  async workerInTurn(): Promise<'worker' | 'worker-2' | null> {
    const { held } = await this.gate();
    if (!held) return null;
    const { raw } = await this.workflow(held.holder).describe();
    const activity = raw.pendingActivities?.find(
      ({ activityType }) => activityType?.name === 'cloudwaitressAccount',
    );
    const pid = Number.parseInt(activity?.lastWorkerIdentity ?? '', 10);
    return (['worker', 'worker-2'] as const).find((name) => this.stack.service(name).pid === pid) ?? null;
  }

  /** Stops or continues a process of the stack. */
  signal(name: 'worker' | 'worker-2' | 'postgrest', signal: 'SIGSTOP' | 'SIGCONT'): void {
    const { pid } = this.stack.service(name);
    if (pid !== null) process.kill(-pid, signal);
  }

  /**
   * Catches a worker between the grant of a turn and its call, and stops it there: while the database does not answer, an account
   * activity that has its turn cannot go on to the call.
   */
  async stopBetweenGrantAndCall(): Promise<'worker' | 'worker-2'> {
    // A run tells the record that it waits in the same breath as it asks: some have asked before the database falls silent.
    await eventually(async () => (await this.gate()).queue.length > 0, 60_000);
    this.signal('postgrest', 'SIGSTOP');
    try {
      let caught: 'worker' | 'worker-2' | null = null;
      await eventually(async () => (caught = await this.workerInTurn()) !== null, 60_000);
      if (caught === null) throw new Error('No worker is in its turn');
      this.signal(caught, 'SIGSTOP');
      return caught;
    } finally {
      this.signal('postgrest', 'SIGCONT');
    }
  }
}

/** Whether all of the batch's registrations wait for, or have gone through, account creation: answers come no more. */
export const inStep6 = (jobs: Job[]): boolean =>
  jobs.every((job) => ['in_progress', 'completed', 'failed'].includes(job.steps[5]?.status ?? ''));

export const runOf = (job: { id: string } | undefined): string => registrationWorkflowId(job?.id ?? '');
