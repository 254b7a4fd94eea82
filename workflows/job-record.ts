/** What the record is told of one registration: its snapshot under a rising revision, its ledger rows, its trail. */
import { uuid4, workflowInfo } from '@temporalio/workflow';
import type { ConfigurationSnapshot } from '../domain/configuration/types';
import type { JobSnapshot, RecordEvent, RestoreWrite, SubStepRow } from '../domain/record';
import type { RegistrationInput } from './messages';
import { Projector } from './projector';

/** What a snapshot is made of beside what this class keeps itself. */
export type JobFacts = Omit<JobSnapshot, 'revision' | 'run_id' | 'execution_config'>;

export interface JobRecordSource {
  facts(): JobFacts;
  /** Ledger rows that changed since they were last taken. */
  changedRows(): SubStepRow[];
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
    this.projector = new Projector(() => {
      const events = this.events.slice(this.eventsPublished);
      const write = {
        job_id: input.jobId,
        job: this.nextSnapshot(),
        sub_steps: source.changedRows(),
        events,
      };
      return { write, published: (count) => void (this.eventsPublished += count) };
    });
  }

  touch(): void {
    this.projector.touch();
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

  private nextSnapshot(): JobSnapshot {
    this.raiseRevision();
    const configuration = this.configurationIsNew ? this.configuration : null;
    this.configurationIsNew = false;
    return this.snapshot(configuration);
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
