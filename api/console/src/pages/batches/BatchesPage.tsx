import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { CircleCheckBig, Layers, PauseCircle, Plus, SearchX, UserRound } from 'lucide-react';
import { useDeferredValue, type ReactNode } from 'react';
import { Link } from 'react-aria-components';
import { answer, api } from '../../api/client';
import { keys } from '../../api/keys';
import type { Batch, BatchListAnswer, BatchListQuery } from '../../api/types';
import {
  ButtonLink,
  Card,
  classes,
  EmptyState,
  ErrorPanel,
  Page,
  Pagination,
  ProgressBar,
  RelativeTime,
  SearchField,
  Select,
  Skeleton,
  StatusPill,
  StepDots,
  Tabs,
  TextField,
} from '../../ui';
import { barParts, countsLine, stepDots, waitsFor } from './batch-words';
import styles from './BatchesPage.module.css';
import {
  GROUPS,
  isFiltered,
  PAGE_SIZE,
  SORTS,
  STEPS,
  useListState,
  type Group,
  type ListState,
} from './list-state';

const EVERY_MS = 5_000;

function toQuery({ group, search, city, step, sort, offset }: ListState): BatchListQuery {
  const [by, direction] = sort.split('-') as [NonNullable<BatchListQuery['sort_by']>, 'asc' | 'desc'];
  return {
    overview: 'true',
    limit: PAGE_SIZE,
    offset,
    sort_by: by,
    sort_direction: direction,
    ...(group === 'all' ? {} : { group }),
    ...(search.trim() === '' ? {} : { search: search.trim() }),
    ...(city.trim() === '' ? {} : { city: city.trim() }),
    ...(step === 'any' ? {} : { current_step: Number(step) }),
  };
}

function useBatches(state: ListState) {
  const query = toQuery(state);
  return useQuery({
    queryKey: keys.batchList(query),
    queryFn: ({ signal }) => answer(api.GET('/api/registration-batches', { params: { query }, signal })),
    refetchInterval: EVERY_MS,
    // While one types or pages, the list that stands there stays.
    placeholderData: keepPreviousData,
  });
}

/** How many batches have something that waits, for the tab. */
function useWaitingBatches(): number | undefined {
  const query = { group: 'needs_you', limit: 1 } as const;
  const { data } = useQuery({
    queryKey: keys.batchList(query),
    queryFn: ({ signal }) => answer(api.GET('/api/registration-batches', { params: { query }, signal })),
    refetchInterval: 2 * EVERY_MS,
  });
  return data?.total_count;
}

export default function BatchesPage() {
  const [state, change] = useListState();
  const waiting = useWaitingBatches();
  return (
    <Page
      title="Batches"
      actions={
        <ButtonLink href="/batches/new" variant="primary">
          <Plus size={16} aria-hidden="true" /> New batch
        </ButtonLink>
      }
    >
      <Tabs
        label="Batches"
        tabs={GROUPS.map(({ id, label }) => ({
          id,
          label,
          count: id === 'needs_you' && waiting ? waiting : undefined,
        }))}
        selected={state.group}
        onSelect={(group) => change({ group: group as Group })}
      >
        <Card isPadded={false}>
          <Tools state={state} change={change} />
          <List state={state} change={change} />
        </Card>
      </Tabs>
    </Page>
  );
}

interface Parts {
  state: ListState;
  change: (some: Partial<ListState>) => void;
}

function Tools({ state, change }: Parts) {
  return (
    <div className={styles['tools']} role="search" aria-label="Batches">
      <SearchField
        label="Search by name"
        placeholder="Search by name"
        size="small"
        value={state.search}
        onChange={(search) => change({ search })}
      />
      <TextField
        label="City"
        hidesLabel
        placeholder="Any city"
        size="small"
        value={state.city}
        onChange={(city) => change({ city })}
      />
      <Select
        label="Step"
        hidesLabel
        size="small"
        options={STEPS}
        value={state.step}
        onChange={(step) => change({ step })}
      />
      <Select
        label="Order"
        hidesLabel
        size="small"
        options={SORTS}
        value={state.sort}
        onChange={(sort) => change({ sort })}
      />
    </div>
  );
}

function List({ state, change }: Parts) {
  // Typing stays quick; what is asked follows.
  const asked = useDeferredValue(state);
  const { data, error, isPlaceholderData, refetch } = useBatches(asked);
  if (error && !data) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows />;
  if (data.batch_jobs.length === 0) return <Nothing state={state} />;
  return (
    <>
      <ul className={classes(styles['rows'], isPlaceholderData && styles['stale'])} aria-label="Batches">
        {data.batch_jobs.map((batch) => (
          <Row key={batch.id} batch={batch} />
        ))}
      </ul>
      <Foot data={data} change={change} />
    </>
  );
}

function Foot({ data: { pagination }, change }: { data: BatchListAnswer; change: Parts['change'] }) {
  if (pagination.total <= pagination.limit && pagination.offset === 0) return null;
  return (
    <div className={styles['foot']}>
      <Pagination {...pagination} onOffset={(offset) => change({ offset })} />
    </div>
  );
}

function Row({ batch }: { batch: Batch }) {
  const { overview } = batch;
  const isPaused = batch.paused_at !== null;
  return (
    <li className={styles['row']}>
      <div className={styles['identity']}>
        <Link href={`/batches/${batch.id}`} className={styles['name'] ?? ''}>
          {batch.name}
        </Link>
        <span className={styles['note']}>
          {batch.total_restaurants} {batch.total_restaurants === 1 ? 'restaurant' : 'restaurants'}
          {batch.execution_mode === 'sequential' ? ' · one after the other' : ''}
          {batch.error_message ? ` · ${batch.error_message}` : ''}
        </span>
      </div>
      <StatusPill status={isPaused ? 'paused' : batch.status} />
      {overview ? (
        <>
          <div className={styles['progress']}>
            <StepDots steps={stepDots(overview)} />
            <ProgressBar
              label="Restaurants"
              parts={barParts(overview.restaurants_summary)}
              total={overview.restaurants_summary.total}
            />
            <span className={styles['note']}>{countsLine(overview)}</span>
          </div>
          <Waits batch={batch} />
        </>
      ) : null}
      <span className={styles['when']}>
        <RelativeTime at={batch.updated_at} />
      </span>
    </li>
  );
}

/** What it waits for, each leading to where it is answered. */
function Waits({ batch }: { batch: Batch }) {
  const waits = batch.overview ? waitsFor(batch.overview) : [];
  return (
    <div className={styles['waits']}>
      {batch.paused_at !== null ? (
        <WaitLink href={`/batches/${batch.id}`} icon={<PauseCircle size={14} aria-hidden="true" />}>
          Waits to be resumed
        </WaitLink>
      ) : null}
      {waits.map(({ step, text }) => (
        <WaitLink
          key={step}
          href={`/needs-you?batch=${batch.id}&step=${step}`}
          icon={<UserRound size={14} aria-hidden="true" />}
        >
          {text}
        </WaitLink>
      ))}
    </div>
  );
}

const WaitLink = ({ href, icon, children }: { href: string; icon: ReactNode; children: ReactNode }) => (
  <Link href={href} className={styles['wait'] ?? ''}>
    {icon}
    {children}
  </Link>
);

function LoadingRows() {
  return (
    <div role="status" aria-label="Loading batches">
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className={styles['row']}>
          <Skeleton width={`${70 - 9 * row}%`} />
          <Skeleton width="6rem" height="1.5rem" />
          <Skeleton height="1.5rem" />
        </div>
      ))}
    </div>
  );
}

function Nothing({ state }: { state: ListState }) {
  if (isFiltered(state)) {
    return (
      <EmptyState icon={<SearchX size={22} />} title="No batch is like this">
        Change what you search for, or look in another tab.
      </EmptyState>
    );
  }
  if (state.group === 'needs_you') {
    return (
      <EmptyState icon={<CircleCheckBig size={22} />} title="Nothing waits for you">
        Batches come here when they have a question, or when something has failed.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<Layers size={22} />}
      title={state.group === 'finished' ? 'No batch is finished yet' : 'No batch is under way'}
      actions={
        <ButtonLink href="/batches/new" variant="primary">
          New batch
        </ButtonLink>
      }
    >
      A batch registers restaurants for online ordering, from their company to a finished account.
    </EmptyState>
  );
}
