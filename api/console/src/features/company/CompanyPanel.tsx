/** Step 3 of a restaurant: choose its company, or say that none is there, search again, or enter it by hand. */
import { Building2, ExternalLink } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-aria-components';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { firstOf } from '../../api/last-answer';
import { keysOfChange } from '../../api/keys';
import type { Candidate, Candidates, WaitingEntry } from '../../api/types';
import { useJob } from '../../api/use-job';
import {
  Button,
  Callout,
  EmptyState,
  ErrorPanel,
  FailureNote,
  isShortcut,
  isTyping,
  Kbd,
  Pill,
  RadioGroup,
  Skeleton,
  useKeyDown,
} from '../../ui';
import styles from './CompanyPanel.module.css';
import { ManualEntryDialog } from './ManualEntryDialog';
import { SearchAgainDialog } from './SearchAgainDialog';
import { tellSearchedWords } from './search-words';
import {
  choiceOf,
  foundBy,
  idOf,
  isRegistered,
  NO_MATCH,
  registerLink,
  standsOut,
  strengthOf,
  verdictsOf,
  type Choice,
} from './choose';
import { tellVerdict } from './tell';

export interface CompanyPanelProps {
  entry: WaitingEntry;
  /** Chosen for this one and not sent yet; null: nothing. */
  kept: Choice | null;
  onKeep: (choice: Choice | null) => void;
  /** It was answered; what is asked next may be shown. */
  onAnswered: () => void;
}

export function CompanyPanel(props: CompanyPanelProps) {
  const { job_id: jobId } = props.entry;
  const { data, error, refetch } = useJob(jobId);
  if (error && !data) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height="18rem" />;
  // Another list means other choices: what was marked in the old one is gone.
  return <Choosing key={data.candidates?.search_no ?? 0} {...props} candidates={data.candidates} />;
}

function Choosing({
  entry,
  kept,
  onKeep,
  onAnswered,
  candidates,
}: CompanyPanelProps & { candidates: Candidates | null }) {
  const { job_id: jobId, batch_job_id: batchId } = entry;
  const list = candidates?.combined_results ?? [];
  const offered = standsOut(list);
  const [chosen, setChosen] = useState<string | null>(keptId(kept) ?? (offered && idOf(offered)));
  const [dialog, setDialog] = useState<'search' | 'manual' | null>(null);
  const send = useChoose(batchId, jobId, onAnswered);
  const choose = (id: string | null): void => {
    const choice = id === null ? null : choiceOf(id, list);
    if (choice) send.mutate(choice);
  };
  useNumberKeys(list, setChosen);
  useEnterKey(dialog === null ? () => choose(chosen) : null);
  const isSearching = candidates?.status === 'searching' || candidates?.status === 'pending';
  return (
    <div className={styles['panel']}>
      <p className="muted">{tellSearchedWords(candidates)}</p>
      {candidates?.error_message ? <Callout tone="wait">{candidates.error_message}</Callout> : null}
      {isSearching ? <Callout tone="run">The register is being searched.</Callout> : null}
      {list.length === 0 && !isSearching ? (
        <EmptyState icon={<Building2 size={22} />} title="No company was found">
          Search again with other words, enter the company by hand, or go on without one.
        </EmptyState>
      ) : (
        <RadioGroup
          label="The company of this restaurant"
          asCards
          value={chosen ?? ''}
          onChange={setChosen}
          options={[
            ...list.map((candidate, i) => ({
              id: idOf(candidate),
              label: <Name candidate={candidate} number={i + 1} />,
              description: <About candidate={candidate} />,
            })),
            { id: NO_MATCH, label: 'None of them', description: 'It goes on without company details.' },
          ]}
        />
      )}
      {offered && chosen === idOf(offered) && !kept ? (
        <p className="muted">Marked since it stands out; nothing is sent before you choose it.</p>
      ) : null}
      <FailureNote error={send.error} />
      <div className={styles['actions']}>
        <Button
          variant="primary"
          isDisabled={chosen === null}
          isPending={send.isPending}
          onPress={() => choose(chosen)}
        >
          Choose <Kbd>Enter</Kbd>
        </Button>
        <Button
          isDisabled={chosen === null}
          onPress={() => {
            onKeep(kept ? null : chosen === null ? null : choiceOf(chosen, list));
          }}
        >
          {kept ? 'Do not send with the others' : 'Keep, and send with others'}
        </Button>
        {list.length === 0 ? (
          <Button isPending={send.isPending} onPress={() => choose(NO_MATCH)}>
            Go on without
          </Button>
        ) : null}
        <span className={styles['spacer']} />
        <Button variant="ghost" onPress={() => setDialog('search')}>
          Search again…
        </Button>
        <Button variant="ghost" onPress={() => setDialog('manual')}>
          Enter by hand…
        </Button>
      </div>
      {dialog === 'search' ? (
        <SearchAgainDialog entry={entry} candidates={candidates} onClose={() => setDialog(null)} />
      ) : null}
      {dialog === 'manual' ? (
        <ManualEntryDialog entry={entry} onClose={() => setDialog(null)} onAnswered={onAnswered} />
      ) : null}
    </div>
  );
}

function keptId(kept: Choice | null): string | null {
  if (!kept) return null;
  if ('no_match' in kept) return NO_MATCH;
  return 'nzbn' in kept ? kept.nzbn : kept.company_number;
}

/** Sends one choice. That somebody else was first, or that the list was replaced, is told, and what is true now is shown. */
function useChoose(batchId: string, jobId: string, onAnswered: () => void) {
  return useCommand({
    send: (choice: Choice) =>
      firstOf(
        jobId,
        answer(
          api.POST('/api/registration-batches/{id}/steps/3/complete', {
            params: { path: { id: batchId } },
            body: { selections: { [jobId]: choice } },
          }),
        ),
      ),
    done: (result) => tellVerdict(result, 'The company was chosen.'),
    invalidates: keysOfChange(jobId),
    onDone: (result) => {
      if (verdictsOf(result)[0]?.isTaken) onAnswered();
    },
    showsFailure: true,
  });
}

function Name({ candidate, number }: { candidate: Candidate; number: number }) {
  const { label, tone } = strengthOf(candidate.score);
  return (
    <span className={styles['name']}>
      <strong>{candidate.company_name ?? 'Without a name'}</strong>
      <Pill tone={tone}>{label}</Pill>
      {isRegistered(candidate) ? null : <Pill tone="bad">{candidate.status ?? 'Not registered'}</Pill>}
      {number < 10 ? <Kbd>{String(number)}</Kbd> : null}
    </span>
  );
}

function About({ candidate }: { candidate: Candidate }) {
  const { company_number: number, nzbn, registered_address: address, incorporation_date: since } = candidate;
  const facts = [
    number === null ? `NZBN ${nzbn}` : `No. ${number}`,
    isRegistered(candidate) ? (candidate.status ?? null) : null,
    since === null ? null : `since ${since.slice(0, 4)}`,
  ].filter(Boolean);
  return (
    <span className={styles['about']}>
      <span>{facts.join(' · ')}</span>
      {address === null ? null : <span>{address}</span>}
      <span>
        {foundBy(candidate)}, {Math.round(candidate.score)} %{' · '}
        <Link href={registerLink(candidate)} target="_blank" rel="noreferrer">
          In the public register <ExternalLink size={12} aria-hidden="true" />
        </Link>
      </span>
    </span>
  );
}

/** 1 to 9 mark a candidate, 0 marks none of them. */
function useNumberKeys(list: readonly Candidate[], onChoose: (id: string) => void): void {
  useKeyDown((event) => {
    if (!isShortcut(event)) return;
    const candidate = /^[1-9]$/.test(event.key) ? list[Number(event.key) - 1] : undefined;
    if (candidate) onChoose(idOf(candidate));
    else if (event.key === '0') onChoose(NO_MATCH);
  });
}

/** Enter anywhere but on a button, a link or in a field. */
function useEnterKey(onEnter: (() => void) | null): void {
  useKeyDown(
    onEnter &&
      ((event) => {
        const { target } = event;
        if (event.key !== 'Enter' || event.repeat || isTyping(event)) return;
        if (target instanceof HTMLElement && target.closest('button, a, [role="option"], [role="menuitem"]'))
          return;
        onEnter();
      }),
  );
}
