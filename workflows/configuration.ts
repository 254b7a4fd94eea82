/** Step 5: a person confirms the account settings. What is submitted is what runs. */
import { setHandler } from '@temporalio/workflow';
import { IGNORED } from '../domain/reasons';
import { recordVerdict } from './company';
import { yoloConfigured } from './messages';
import type { RegistrationRun } from './run';

export class ConfigurationDesk {
  /** Who confirmed it. */
  private decidedBy: string | null = null;

  constructor(private readonly run: RegistrationRun) {
    setHandler(yoloConfigured, ({ decisionId, actor, configuration }) => {
      const refusal = this.refusal();
      const { decidedBy } = this;
      if (!refusal) {
        this.decidedBy = actor;
        run.configure(configuration);
      }
      recordVerdict(run, { decisionId, actor }, refusal, decidedBy);
    });
  }

  async confirm(): Promise<void> {
    this.run.askPerson(5, 'configuration', 'Confirm the account settings.');
    await this.run.person(() => this.run.configuration !== null);
    this.run.complete(5);
  }

  private refusal(): string | null {
    if (this.run.isClosed) return IGNORED.closed;
    if (this.run.configuration) return IGNORED.configured;
    return this.run.awaiting === 'configuration' ? null : IGNORED.noConfigurationAwaited;
  }
}
