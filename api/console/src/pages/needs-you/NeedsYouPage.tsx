/** One inbox for everything that waits for a person, across batches. The keyboard alone is enough to work through it. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Keyboard, PartyPopper, SearchX } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { keys } from '../../api/keys';
import type { WaitingEntry } from '../../api/types';
import { verdictsOf, type Choice } from '../../features/company/choose';
import {
  Button,
  ButtonLink,
  Callout,
  Dialog,
  EmptyState,
  ErrorPanel,
  IconButton,
  isShortcut,
  Kbd,
  notify,
  Page,
  SearchField,
  Select,
  Skeleton,
  useKeyDown,
} from '../../ui';
import { Answer } from './Answer';
import { afterAnswer, batchesOf, groupsOf, neighbourOf } from './inbox';
import { InboxList } from './InboxList';
import styles from './NeedsYouPage.module.css';

const EVERY_MS = 4_000;
const MOST = 100;

export default function NeedsYouPage() {
  const [search, setSearch] = useSearchParams();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.waiting, 'list'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/registration-batches/action-required', { params: { query: { limit: MOST } }, signal }),
      ),
    refetchInterval: EVERY_MS,
  });
  const text = search.get('q') ?? '';
  const batchId = search.get('batch');
  const groups = useMemo(
    () => groupsOf(data?.waiting ?? [], { text, batchId }),
    [data?.waiting, text, batchId],
  );
  const entries = groups.flatMap((group) => group.entries);
  const asked = search.get('job');
  const set = useCallback(
    (changes: Record<string, string | null>) =>
      setSearch(
        (before) => {
          for (const [name, value] of Object.entries(changes)) {
            if (value === null || value === '') before.delete(name);
            else before.set(name, value);
          }
          return before;
        },
        { replace: true },
      ),
    [setSearch],
  );
  const shown = entries.find(({ job_id }) => job_id === asked) ?? null;
  const show = useCallback((jobId: string | null) => set({ job: jobId, edit: null }), [set]);
  const step = shown?.step_number ?? null;
  // Null: the page was left.
  const current = useRef<{ jobId: string | null; step: number | null } | null>(null);
  useEffect(() => {
    current.current = { jobId: asked, step };
    return () => void (current.current = null);
  }, [asked, step]);
  // A verdict may come when one has gone on to another question or page already, or when this restaurant asks the next one: it leads
  // nobody away from there.
  const isStillHere = (): boolean => {
    const now = current.current;
    return now !== null && now.jobId === asked && (now.step === null || now.step === step);
  };
  const onAnswered = (): void => {
    if (shown && isStillHere()) show(afterAnswer(groups, shown.job_id));
    void queries.invalidateQueries({ queryKey: keys.waiting });
  };
  const [kept, setKept] = useState<ReadonlyMap<string, Choice>>(new Map());
  useArrowKeys((direction) => {
    const next = asked === null ? entries[0]?.job_id : neighbourOf(groups, asked, direction);
    if (next) show(next);
  });

  if (error && !data) {
    return (
      <Page title="Needs you">
        <ErrorPanel error={error} onRetry={() => void refetch()} />
      </Page>
    );
  }
  return (
    <Page
      title="Needs you"
      subtitle={data ? subtitleOf(data.total_count) : null}
      isWide
      actions={<Shortcuts />}
    >
      <div className={styles['inbox']} data-shows={asked === null ? 'list' : 'answer'}>
        {data && data.paused_batches.length > 0 ? (
          <div className={styles['paused']}>
            {data.paused_batches.map(({ batch_job_id, batch_name, reason }) => (
              <Callout
                key={batch_job_id}
                tone="wait"
                actions={
                  <ButtonLink size="small" href={`/batches/${batch_job_id}`}>
                    Open
                  </ButtonLink>
                }
              >
                <strong>{batch_name}</strong> is paused. {reason}
              </Callout>
            ))}
          </div>
        ) : null}
        {data?.total_count === 0 ? null : (
          <div className={styles['tools']}>
            <SearchField
              label="Search what waits"
              placeholder="Search"
              size="small"
              value={text}
              onChange={(value) => set({ q: value })}
            />
            <Select
              label="Batch"
              hidesLabel
              size="small"
              options={[{ id: 'all', label: 'All batches' }, ...batchesOf(data?.waiting ?? [])]}
              value={batchId ?? 'all'}
              onChange={(value) => set({ batch: value === 'all' ? null : value })}
            />
            <SendKept kept={kept} entries={data?.waiting ?? []} onSent={() => setKept(new Map())} />
          </div>
        )}
        {!data ? (
          <Skeleton height="24rem" />
        ) : entries.length === 0 && asked === null ? (
          <Nothing isFiltered={data.total_count > 0} onShowAll={() => set({ q: null, batch: null })} />
        ) : (
          <div className={styles['split']}>
            <InboxList groups={groups} shown={asked} kept={kept} onShow={show} />
            <Answer
              jobId={asked}
              entry={shown}
              isEditing={search.get('edit') === '1'}
              others={entries.filter(
                ({ job_id, batch_job_id, step_number }) =>
                  job_id !== shown?.job_id && batch_job_id === shown?.batch_job_id && step_number === 5,
              )}
              kept={(shown && kept.get(shown.job_id)) ?? null}
              onKeep={(choice) => {
                if (!shown) return;
                const next = new Map(kept);
                if (choice) next.set(shown.job_id, choice);
                else next.delete(shown.job_id);
                setKept(next);
                if (choice) show(afterAnswer(groups, shown.job_id));
              }}
              onAnswered={onAnswered}
              onBack={() => {
                if (isStillHere()) show(null);
              }}
            />
          </div>
        )}
      </div>
    </Page>
  );
}

function subtitleOf(total: number): string {
  if (total === 0) return 'Nothing waits.';
  const more = total > MOST ? `, the ${MOST} that wait longest are shown` : '';
  return total === 1
    ? 'One restaurant waits for an answer.'
    : `${total} restaurants wait for an answer${more}.`;
}

function Nothing({ isFiltered, onShowAll }: { isFiltered: boolean; onShowAll: () => void }) {
  return isFiltered ? (
    <EmptyState
      icon={<SearchX size={22} />}
      title="Nothing matches"
      actions={<Button onPress={onShowAll}>Show all</Button>}
    />
  ) : (
    <EmptyState icon={<PartyPopper size={22} />} title="Nothing needs you">
      What comes up appears here by itself.
    </EmptyState>
  );
}

/** The companies that were chosen one by one and kept, sent at once: one request for each batch. */
function SendKept({
  kept,
  entries,
  onSent,
}: {
  kept: ReadonlyMap<string, Choice>;
  entries: readonly WaitingEntry[];
  onSent: () => void;
}) {
  const send = useCommand({
    send: async (choices: [string, Choice][]) => {
      const batchOf = (jobId: string): string | undefined =>
        entries.find(({ job_id }) => job_id === jobId)?.batch_job_id;
      const answers = [];
      for (const id of new Set(choices.map(([jobId]) => batchOf(jobId)))) {
        if (id === undefined) continue;
        const group = choices.filter(([jobId]) => batchOf(jobId) === id);
        answers.push(
          await answer(
            api.POST('/api/registration-batches/{id}/steps/3/complete', {
              params: { path: { id } },
              body: { selections: Object.fromEntries(group) },
            }),
          ),
        );
      }
      return answers.flatMap(verdictsOf);
    },
    done: (verdicts) => {
      const refused = verdicts.filter(({ isTaken }) => !isTaken);
      for (const { sentence } of refused.slice(0, 3)) notify.failed(sentence);
      return `${verdicts.length - refused.length} of ${verdicts.length} companies were chosen.`;
    },
    invalidates: [keys.waiting],
    onDone: onSent,
  });
  if (kept.size === 0) return null;
  return (
    <Button size="small" variant="primary" isPending={send.isPending} onPress={() => send.mutate([...kept])}>
      Send {kept.size} kept {kept.size === 1 ? 'choice' : 'choices'}
    </Button>
  );
}

/** j and k, as in mail programs: the next and the one before. */
function useArrowKeys(onMove: (direction: 1 | -1) => void): void {
  useKeyDown((event) => {
    const { key } = event;
    if ((key === 'j' || key === 'k') && isShortcut(event)) onMove(key === 'j' ? 1 : -1);
  });
}

const SHORTCUTS: readonly [string[], string][] = [
  [['j', 'k'], 'The next one, the one before'],
  [['1', '9'], 'Mark a company'],
  [['0'], 'Mark “none of them”'],
  [['Enter'], 'Choose what is marked'],
  [['Tab'], 'Through everything else'],
];

function Shortcuts() {
  const [isOpen, setOpen] = useState(false);
  useKeyDown(({ key, target }) => {
    if (key === '?' && !(target instanceof HTMLElement && target.matches('input, textarea'))) setOpen(true);
  });
  return (
    <>
      <span className={styles['shortcutsButton']}>
        <IconButton label="Keyboard shortcuts (?)" onPress={() => setOpen(true)}>
          <Keyboard size={17} aria-hidden="true" />
        </IconButton>
      </span>
      <Dialog title="By keyboard" isOpen={isOpen} onClose={() => setOpen(false)}>
        <dl className={styles['shortcuts']}>
          {SHORTCUTS.map(([pressed, meaning]) => (
            <div key={meaning}>
              <dt>
                {pressed.map((key, i) => (
                  <span key={key}>
                    {i > 0 ? (pressed[0] === '1' ? ' to ' : ' ') : ''}
                    <Kbd>{key}</Kbd>
                  </span>
                ))}
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </>
  );
}
