/** Steps 2 to 4: search the register, have a person choose, take over the company's details. */
import { setHandler } from '@temporalio/workflow';
import type { CompanyChoice, ManualCompanyDetails, SearchWords } from '../domain/company';
import { afterDetails, afterSearch } from '../domain/follow-ups';
import { IGNORED } from '../domain/reasons';
import { bulkRegister, platform, register } from './activities';
import { failureOf, overOutages, rethrowCancellation } from './failures';
import {
  companyEnteredManually,
  companySelected,
  searchAgain,
  type CompanySelected,
  type Decision,
  type Selection,
} from './messages';
import type { RegistrationRun } from './run';

type Choice =
  | { kind: 'company'; choice: CompanyChoice }
  | { kind: 'no_match' }
  | { kind: 'manual'; details: ManualCompanyDetails };

export class CompanyDesk {
  private offered: CompanyChoice[] = [];
  private choice: Choice | null = null;
  /** Words that a person edited and that are not searched for yet. */
  private words: SearchWords | null = null;
  /** Words of the last search, for its retry. */
  private searched: SearchWords = {};
  /** A person asked to try a failed step again. */
  private again = false;
  /** Who made the choice that counts. */
  private decidedBy: string | null = null;

  constructor(private readonly run: RegistrationRun) {
    setHandler(companySelected, (message) =>
      this.judge(message, selectionAnswer(message.selection), () => this.takeSelection(message)),
    );
    setHandler(companyEnteredManually, (message) =>
      this.judge(message, { answer: 'manual' }, () => this.takeManual(message.details)),
    );
    setHandler(searchAgain, (message) =>
      this.judge(message, { answer: 'search_again' }, () => this.takeWords(message.words)),
    );
  }

  canRetry(step: 2 | 4): boolean {
    return this.run.step(step).status === 'failed' && !this.again;
  }

  retry(): void {
    this.again = true;
  }

  // ---- step 2 ------------------------------------------------------------------------------------------------------

  /** Ends when the register was searched and a person is asked to choose, or a person gave the company in another way. */
  async search(): Promise<void> {
    // It follows from step 1 that it begins.
    let isBegun = this.run.step(2).status === 'in_progress';
    for (;;) {
      this.searched = this.words ?? this.searched;
      this.words = null;
      if (!isBegun) this.run.begin(2);
      isBegun = false;
      try {
        return await this.searchRegister(this.searched);
      } catch (error) {
        rethrowCancellation(error);
        const failure = failureOf(error);
        // This run was reset to before a later search of the same job: it goes on counting from that one.
        const [stored] = failure.details;
        if (failure.type === 'Superseded' && typeof stored === 'number' && stored > this.run.searchNo) {
          this.run.searchNo = stored;
          continue;
        }
        await platform.markSearchFailed({ ...this.reference, failureType: failure.type });
        this.run.fail(2, failure);
      }
      await this.run.person(() => this.again || this.words !== null || this.choice !== null);
      this.again = false;
      if (this.choice) return this.run.skip(2, 'The company was entered by hand.');
    }
  }

  private get reference(): { jobId: string; restaurantId: string; organisationId: string; searchNo: number } {
    const { jobId, restaurantId, organisationId } = this.run.input;
    return { jobId, restaurantId, organisationId, searchNo: this.run.searchNo };
  }

  private async searchRegister(words: SearchWords): Promise<void> {
    const search = this.reference;
    // Later ones are somebody's who waits for them.
    const calls = search.searchNo === 1 ? bulkRegister : register;
    const { nzbnsToCheck } = await overOutages(() => calls.searchCompaniesByName({ ...search, words }));
    // Without an address to compare it is no call to the register, so it stays off the register's rated queue.
    const { completeSearch } = nzbnsToCheck.length > 0 ? calls : platform;
    const { choices } = await this.run.following(
      (writes) => overOutages(() => completeSearch({ ...search, nzbnsToCheck, ...writes })),
      afterSearch,
      'company_selection',
    );
    this.offered = choices;
  }

  // ---- step 3 ------------------------------------------------------------------------------------------------------

  async select(): Promise<void> {
    while (!this.choice) {
      await this.run.person(() => this.choice !== null || this.words !== null);
      if (this.words) {
        this.run.reopen(2, 3);
        await this.search();
      }
    }
    this.run.complete(3, {
      outcome: this.choice.kind,
      ...(this.choice.kind === 'company' ? this.choice.choice : {}),
    });
  }

  // ---- step 4 ------------------------------------------------------------------------------------------------------

  async fetchDetails(): Promise<void> {
    for (;;) {
      this.run.begin(4);
      try {
        return await this.takeOver();
      } catch (error) {
        rethrowCancellation(error);
        this.run.fail(4, failureOf(error));
      }
      await this.run.person(() => this.again || this.words !== null);
      this.again = false;
      if (this.words) await this.chooseAnew();
    }
  }

  /** The company that was chosen cannot be had: back to a new list. */
  private async chooseAnew(): Promise<void> {
    this.choice = null;
    this.run.reopen(2, 3, 4);
    await this.search();
    await this.select();
  }

  private async takeOver(): Promise<void> {
    const { jobId, restaurantId, organisationId } = this.run.input;
    const ref = { jobId, restaurantId, organisationId };
    const { choice } = this;
    if (choice?.kind === 'company') {
      const selected = { ...ref, choice: choice.choice };
      // The call may wait for its turn at the register; people wait for the verdict on their choice.
      this.run.record.publishNow();
      await this.run.following(
        (writes) => overOutages(() => register.fetchCompanyDetails({ ...selected, ...writes })),
        afterDetails,
        'configuration',
      );
    } else if (choice?.kind === 'manual') {
      await platform.saveManualDetails({ ...ref, details: choice.details });
      this.run.skip(4, 'The details were entered by hand.');
    } else {
      await platform.saveSelectionOutcome({ ...ref, outcome: 'no_match' });
      this.run.skip(4, 'No company matches.');
    }
  }

  // ---- a person's choices --------------------------------------------------------------------------------------------

  /** Every choice gets a verdict, as an event that the API and the audit trail read. */
  private judge(decision: Decision, answer: Answer, take: () => string | null): void | Promise<void> {
    return this.run.judged('company_selection', () => {
      const refusal = this.run.isClosed ? IGNORED.closed : take();
      const { decidedBy } = this;
      if (refusal === null) this.decidedBy = decision.actor;
      recordVerdict(this.run, decision, answer, refusal, decidedBy);
    });
  }

  /** @returns null when taken, else why not */
  private takeSelection({ searchNo, selection }: CompanySelected): string | null {
    if (this.run.awaiting !== 'company_selection') return this.whyNotWaiting();
    if (this.choice) return IGNORED.chosen;
    if (searchNo !== this.run.searchNo || this.words) return IGNORED.listReplaced;
    if (selection.no_match) {
      this.choice = { kind: 'no_match' };
      return null;
    }
    const offered = this.offered.find((candidate) => names(candidate, selection));
    if (!offered) return IGNORED.notOffered;
    this.choice = { kind: 'company', choice: offered };
    return null;
  }

  private takeManual(details: ManualCompanyDetails): string | null {
    const refusal = this.cannotAnswer();
    if (refusal) return refusal;
    this.again = this.detailsFailed;
    this.choice = { kind: 'manual', details };
    return null;
  }

  private takeWords(words: SearchWords): string | null {
    const refusal = this.cannotAnswer();
    if (!refusal) this.words = words;
    return refusal;
  }

  /** Entering by hand and searching again are open while step 3 waits, and while the search or the look-up of details has failed. */
  private cannotAnswer(): string | null {
    if (this.detailsFailed) return this.words || this.again ? IGNORED.chosen : null;
    if (this.run.awaiting !== 'company_selection' && this.run.step(2).status !== 'failed')
      return this.whyNotWaiting();
    if (this.choice) return IGNORED.chosen;
    return this.words ? IGNORED.searchedAgain : null;
  }

  private get detailsFailed(): boolean {
    return this.run.step(4).status === 'failed';
  }

  private whyNotWaiting(): string {
    if (this.choice) return IGNORED.chosen;
    return this.run.step(2).status === 'in_progress' ? IGNORED.listBeingReplaced : IGNORED.noCompanyAwaited;
  }
}

/** What a person answered, as far as the audit trail tells it: which company, and nothing of a person's details or settings. */
export type Answer =
  | { answer: 'company'; company_number: string }
  | { answer: 'company'; nzbn: string }
  | { answer: 'no_match' | 'manual' | 'search_again' | 'configuration' };

function selectionAnswer({ no_match, company_number, nzbn }: Selection): Answer {
  if (no_match) return { answer: 'no_match' };
  return company_number === undefined ? { answer: 'company', nzbn } : { answer: 'company', company_number };
}

/** @param decidedBy who was first, where somebody was */
export function recordVerdict(
  run: RegistrationRun,
  { decisionId, actor }: Decision,
  answer: Answer,
  refusal: string | null,
  decidedBy: string | null,
): void {
  run.event(refusal ? 'decision.ignored' : 'decision.applied', {
    id: `decision:${decisionId}`,
    actor,
    reason: refusal,
    data: { decision_id: decisionId, ...answer, ...(refusal && decidedBy ? { decided_by: decidedBy } : {}) },
  });
}

/** Those without a company number (sole traders, partnerships, trusts) are named by their NZBN. */
function names(candidate: CompanyChoice, selection: Selection): boolean {
  if (selection.company_number !== undefined) {
    return candidate.company_number?.replace(/^0+/, '') === selection.company_number.replace(/^0+/, '');
  }
  return candidate.nzbn === selection.nzbn;
}
