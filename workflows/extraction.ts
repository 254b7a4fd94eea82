/** Step 1: follows the menu and branding extraction that the lead conversion triggered; never starts one. */
import { condition, setHandler } from '@temporalio/workflow';
import type { ExtractionReport } from '../activities/extraction';
import { FAILURES, failureSentence } from '../domain/failures';
import { afterExtraction } from '../domain/follow-ups';
import { looks } from './activities';
import { refuse } from './commands';
import { continueExtraction, extractionsCompleted } from './messages';
import type { RegistrationRun } from './run';

const WHAT_TO_DO = FAILURES.ExtractionFailed.remedy;

export class ExtractionDesk {
  private choice: 'wait' | 'without' | null = null;

  constructor(private readonly run: RegistrationRun) {
    setHandler(extractionsCompleted, () => void (run.extractionNews = true));
    setHandler(
      continueExtraction,
      ({ mode, actor, reason }) => {
        this.choose(mode);
        run.event(`extraction.${mode === 'wait' ? 'waiting_again' : 'gone_on_without'}`, { actor, reason });
        return { mode };
      },
      {
        validator: (_command) => {
          if (!this.canChoose())
            refuse('STEP_NOT_ACTION_REQUIRED', 'The extraction does not wait for a decision.');
        },
      },
    );
  }

  canChoose(): boolean {
    return this.run.step(1).status === 'failed' && this.choice === null;
  }

  choose(mode: 'wait' | 'without'): void {
    this.choice = mode;
  }

  /** Ends with step 2 begun, unless step 1 was skipped by a person. */
  async follow(): Promise<void> {
    for (;;) {
      this.run.begin(1);
      const report = await this.waitForExtraction();
      if (report.settled === 'done') return;
      this.run.fail(1, { type: 'ExtractionFailed', message: `${report.summary} ${WHAT_TO_DO}` });
      // An extraction that ends late wakes the job by itself.
      this.run.extractionNews = false;
      await this.run.person(() => this.choice !== null || this.run.extractionNews);
      const choice = this.choice;
      this.choice = null;
      if (choice === 'without') return this.run.skip(1, 'Gone on without the extraction.');
    }
  }

  /** Looks at growing intervals, and at once when the webhook reports news. */
  private async waitForExtraction(): Promise<ExtractionReport & { settled: 'done' | 'failed' }> {
    const { extractionTimeoutMs, extractionPollMs } = this.run.input.settings;
    const { restaurantId, organisationId } = this.run.input;
    const deadline = Date.now() + extractionTimeoutMs;
    for (let pause = extractionPollMs.first; ; pause = Math.min(pause * 2, extractionPollMs.longest)) {
      this.run.extractionNews = false;
      const report = await this.run.following(
        (writes) => looks.checkExtractions({ restaurantId, organisationId, ...writes }),
        afterExtraction,
        null,
      );
      const states = [report.menu, report.branding];
      if (states.includes('failed')) return { ...report, settled: 'failed' };
      if (!states.includes('waiting')) return { ...report, settled: 'done' };
      const left = deadline - Date.now();
      if (left <= 0) return { ...report, summary: failureSentence('ExtractionFailed'), settled: 'failed' };
      await condition(() => this.run.extractionNews, Math.min(pause, left));
    }
  }
}
