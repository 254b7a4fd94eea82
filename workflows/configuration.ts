/** Step 5: a person confirms the account settings. What is submitted is what runs. */
import { setHandler } from '@temporalio/workflow';
import { CONFIRM_SETTINGS } from '../domain/follow-ups';
import { IGNORED } from '../domain/reasons';
import { recordVerdict } from './company';
import { yoloConfigured, type YoloConfigured } from './messages';
import type { RegistrationRun } from './run';

export class ConfigurationDesk {
  /** Who confirmed it. */
  private decidedBy: string | null = null;

  constructor(private readonly run: RegistrationRun) {
    setHandler(yoloConfigured, (message) => run.judged('configuration', () => this.judge(message)));
  }

  private judge({ decisionId, actor, configuration }: YoloConfigured): void {
    const refusal = this.refusal();
    const { decidedBy, run } = this;
    if (!refusal) {
      this.decidedBy = actor;
      run.configure(configuration);
    }
    recordVerdict(run, { decisionId, actor }, { answer: 'configuration' }, refusal, decidedBy);
  }

  async confirm(): Promise<void> {
    // After the details of a company from the register it follows that it is asked.
    if (this.run.awaiting !== 'configuration') this.run.ask(5, CONFIRM_SETTINGS);
    await this.run.person(() => this.run.configuration !== null);
    this.run.complete(5);
  }

  private refusal(): string | null {
    if (this.run.isClosed) return IGNORED.closed;
    if (this.run.configuration) return IGNORED.configured;
    return this.run.awaiting === 'configuration' ? null : IGNORED.noConfigurationAwaited;
  }
}
