/** What the record is told of one registration: its snapshot under a rising revision, its ledger rows, its trail. */
import { uuid4, workflowInfo } from '@temporalio/workflow';
import type { CarriedWrites, Told } from '../activities/record/carried';
import type { ConfigurationSnapshot } from '../domain/configuration/types';
import type { JobSnapshot, RecordEvent, RestoreWrite, SnapshotWrite, SubStepRow } from '../domain/record';
import type { RegistrationInput } from './messages';
import { Projector, type Publication } from './projector';

/** What a snapshot is made of beside what this class keeps itself. */
export type JobFacts = Omit<JobSnapshot, 'revision' | 'run_id' | 'execution_config'>;

export interface JobRecordSource {
  facts(): JobFacts;
  /** The record is brought up to date. */
  publishing(): void;
  /** Ledger rows that changed since they were last taken. */
  changedRows(): SubStepRow[];
  /** They were taken, and may not have arrived. */
  takeBackRows(rows: readonly SubStepRow[]): void;
  allRows(): readonly SubStepRow[];
}

export class JobRecord {
  private readonly projector: Projector;
  private revision = 0;
  private configuration: ConfigurationSnapshot | null = null;
  private configurationIsNew = false;
  /** The whole trail; what stands before `eventsPublished` is in the record. */
  private readonly events: RecordEvent[] = [];
  private eventsPublished = 0;

  constructor(
    private readonly input: RegistrationInput,
    private readonly source: JobRecordSource,
  ) {
    this.projector = new Projector(() => this.nextPublication());
  }

  touch(): void {
    this.projector.touch();
  }

  /** Writes what changed without waiting for what else changes now. */
  publishNow(): void {
    this.projector.publishNow();
  }

  /** Has a call that is made anyway write what changed. */
  carriedBy<T>(call: (write?: SnapshotWrite) => Promise<T>): Promise<T> {
    return this.projector.carriedBy(call);
  }

  /**
   * The same of a call that also tells what follows from its result. If nothing else was written meanwhile, the record then has what `take`
   * makes of it here.
   */
  async following<R extends object>(
    call: (writes: CarriedWrites) => Promise<R & Told>,
    take: (result: R & Told) => void,
  ): Promise<R & Told> {
    let revision = 0;
    const result = await this.projector.carriedBy((write) => {
      this.raiseRevision();
      revision = this.revision;
      const follow = { job_id: this.input.jobId, job: this.snapshot(null) };
      return call({ write, follow });
    });
    const isUpToDate = !this.projector.isDirty && this.revision === revision;
    take(result);
    if (isUpToDate && result.toldAt && this.projector.take()) this.source.publishing();
    return result;
  }

  /** Waits until the record has everything that changed so far. */
  flush(): Promise<void> {
    return this.projector.flush();
  }

  configure(configuration: ConfigurationSnapshot): void {
    this.configuration = configuration;
    this.configurationIsNew = true;
    this.touch();
  }

  event(kind: string, details: Partial<Pick<RecordEvent, 'id' | 'actor' | 'reason' | 'data'>> = {}): void {
    this.events.push({
      // The same again in a run that was reset to a point after it: the record takes it once.
      id: `${this.input.jobId}:${uuid4()}`,
      kind,
      actor: null,
      reason: null,
      data: {},
      at: new Date().toISOString(),
      ...details,
    });
    this.touch();
  }

  /** Everything, under the revision that the record has or will have next; changes nothing here. */
  whole(): RestoreWrite {
    const { input } = this;
    return {
      job_id: input.jobId,
      identity: {
        batch_job_id: input.batchId,
        restaurant_id: input.restaurantId,
        organisation_id: input.organisationId,
        position: input.position,
        batch_name: input.batchName,
        failure_policy: input.failurePolicy,
      },
      job: this.snapshot(this.configuration),
      sub_steps: [...this.source.allRows()],
      events: [...this.events],
    };
  }

  /** The same under a revision of its own, so that it replaces what is stored. */
  wholeAnew(): RestoreWrite {
    this.raiseRevision();
    return this.whole();
  }

  private raiseRevision(): void {
    this.revision = Math.max(this.revision + 1, Date.now() * 1000);
  }

  /** What is new, and what is not known to have arrived: writes may overtake one another, and an older one is refused. */
  private nextPublication(): Publication {
    this.raiseRevision();
    const { configuration, source } = this;
    source.publishing();
    const sub_steps = source.changedRows();
    const upTo = this.events.length;
    return {
      write: {
        job_id: this.input.jobId,
        job: this.snapshot(this.configurationIsNew ? configuration : null),
        sub_steps,
        events: this.events.slice(this.eventsPublished),
      },
      published: () => {
        this.eventsPublished = Math.max(this.eventsPublished, upTo);
        if (this.configuration === configuration) this.configurationIsNew = false;
      },
      lost: () => source.takeBackRows(sub_steps),
    };
  }

  private snapshot(configuration: ConfigurationSnapshot | null): JobSnapshot {
    return {
      ...this.source.facts(),
      revision: this.revision,
      run_id: workflowInfo().runId,
      ...(configuration ? { execution_config: { ...configuration } } : {}),
    };
  }
}
