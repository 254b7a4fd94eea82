/** A batch as it goes on: live, its restaurants with what each does or needs, and where the time went. */
import { Inbox, SearchX, Store } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-aria-components';
import { useParams, useSearchParams } from 'react-router';
import { restaurantLane } from '../../features/timeline/model';
import { Timeline } from '../../features/timeline/Timeline';
import { useBatchStream, type BatchState } from '../../live/use-batch-stream';
import {
  ButtonLink,
  Callout,
  Card,
  Checkbox,
  EmptyState,
  ErrorPanel,
  Page,
  ProgressBar,
  RelativeTime,
  SearchField,
  Select,
  Skeleton,
  StatusPill,
  Tabs,
} from '../../ui';
import { barParts } from '../batches/batch-words';
import { BatchActions } from './BatchActions';
import styles from './BatchPage.module.css';
import { JobList } from './JobList';
import { countsOf, ORDERS, shownJobs, type Order, waitsWithFailure } from './rows';
import { SelectionBar } from './SelectionBar';

const BACK = { href: '/', label: 'Batches' };

export default function BatchPage() {
  const { batchId = '' } = useParams();
  const stream = useBatchStream(batchId);
  if (stream.status === 'refused') {
    return (
      <Page title="Batch" back={BACK}>
        <ErrorPanel error={stream.failure} />
      </Page>
    );
  }
  if (stream.status === 'loading') {
    return (
      <Page title="Batch" back={BACK} isWide>
        <Skeleton height="1rem" width="40%" />
        <Skeleton height="0.5rem" />
        <Skeleton height="24rem" />
      </Page>
    );
  }
  return <Live {...stream} />;
}

function Live({ batch, jobs }: BatchState) {
  const [search, setSearch] = useSearchParams();
  const tab = search.get('tab') === 'time' ? 'time' : 'restaurants';
  const counts = useMemo(() => countsOf(jobs.values()), [jobs]);
  const failedJobs = useMemo(() => [...jobs.values()].filter(waitsWithFailure).length, [jobs]);
  const choose = (next: string): void =>
    setSearch((before) => {
      if (next === 'restaurants') before.delete('tab');
      else before.set('tab', next);
      return before;
    });
  return (
    <Page
      title={batch.name}
      mark={
        <StatusPill
          status={batch.paused_at !== null && batch.status !== 'cancelled' ? 'paused' : batch.status}
        />
      }
      subtitle={<Subtitle batch={batch} />}
      back={BACK}
      isWide
      actions={<BatchActions batch={batch} failedJobs={failedJobs} />}
    >
      {batch.paused_at !== null ? (
        <Callout tone="wait">
          <strong>Paused:</strong> {batch.pause_reason ?? 'nothing new starts until it is resumed.'}
        </Callout>
      ) : null}
      {batch.error_message !== null ? <Callout tone="bad">{batch.error_message}</Callout> : null}
      {counts.action_required > 0 ? (
        <Callout
          tone="wait"
          actions={
            <ButtonLink size="small" variant="secondary" href={`/needs-you?batch=${batch.id}`}>
              <Inbox size={15} aria-hidden="true" /> Answer
            </ButtonLink>
          }
        >
          {counts.action_required === 1
            ? 'One restaurant needs you.'
            : `${counts.action_required} restaurants need you.`}
        </Callout>
      ) : null}
      <Progress counts={counts} total={jobs.size} />
      <Tabs
        label="Views of the batch"
        selected={tab}
        onSelect={choose}
        tabs={[
          { id: 'restaurants', label: 'Restaurants', count: jobs.size },
          { id: 'time', label: 'Where the time went' },
        ]}
      >
        {tab === 'restaurants' ? (
          <Restaurants batch={batch} jobs={jobs} />
        ) : (
          <Times batch={batch} jobs={jobs} />
        )}
      </Tabs>
    </Page>
  );
}

function Subtitle({ batch }: Pick<BatchState, 'batch'>) {
  const mode = batch.execution_mode === 'sequential' ? 'one restaurant at a time in step 6' : null;
  const policy = batch.failure_policy === 'fail' ? 'failures close a restaurant' : null;
  const begun = batch.started_at ?? batch.start_requested_at;
  return (
    <>
      {begun === null ? (
        <>
          Made <RelativeTime at={batch.created_at} />
        </>
      ) : (
        <>
          Started <RelativeTime at={begun} />
        </>
      )}
      {batch.completed_at !== null ? (
        <>
          , ended <RelativeTime at={batch.completed_at} />
        </>
      ) : null}
      {[mode, policy].filter(Boolean).map((words) => ` · ${words}`)}
    </>
  );
}

function Progress({ counts, total }: { counts: ReturnType<typeof countsOf>; total: number }) {
  const parts = barParts(counts);
  const shown = parts.filter(({ count }) => count > 0);
  return (
    <div className={styles['progress']}>
      <ProgressBar label="Restaurants" parts={parts} total={total} />
      <p className="muted tabular">
        {shown.length === 0
          ? `${total === 1 ? 'One restaurant' : `${total} restaurants`}, none has begun`
          : `${shown.map(({ count, label }) => `${count} ${label}`).join(' · ')}, of ${total}`}
      </p>
    </div>
  );
}

const STATUS_OPTIONS = [
  { id: 'all', label: 'All' },
  { id: 'action_required', label: 'Needs you' },
  { id: 'in_progress', label: 'Running' },
  { id: 'completed', label: 'Completed' },
  { id: 'failed', label: 'Failed' },
  { id: 'cancelled', label: 'Cancelled' },
  { id: 'pending', label: 'Not started' },
];
const ORDER_LABELS: Record<Order, string> = {
  attention: 'What needs attention first',
  position: 'As it was made',
  name: 'By name',
  step: 'By step',
};

function Restaurants({ batch, jobs }: BatchState) {
  const [search, setSearch] = useSearchParams();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const text = search.get('q') ?? '';
  const status = search.get('status') ?? 'all';
  const order = ORDERS.find((known) => known === search.get('order')) ?? 'attention';
  const shown = useMemo(() => shownJobs(jobs.values(), { text, status, order }), [jobs, text, status, order]);
  const set = (name: string, value: string, unset: string): void =>
    setSearch(
      (before) => {
        if (value === unset) before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  const onSelect = useCallback(
    (id: string, isSelected: boolean) =>
      setSelected((before) => {
        const after = new Set(before);
        if (isSelected) after.add(id);
        else after.delete(id);
        return after;
      }),
    [],
  );
  const chosen = shown.filter(({ id }) => selected.has(id));
  return (
    <Card isPadded={false}>
      <div className={styles['toolbar']}>
        <span className={styles['all']}>
          <Checkbox
            aria-label="Choose all that are shown"
            isSelected={shown.length > 0 && chosen.length === shown.length}
            isIndeterminate={chosen.length > 0 && chosen.length < shown.length}
            onChange={(all) => setSelected(new Set(all ? shown.map(({ id }) => id) : []))}
          />
        </span>
        <SearchField
          label="Search the restaurants"
          placeholder="Search"
          size="small"
          value={text}
          onChange={(value) => set('q', value, '')}
        />
        <Select
          label="Status"
          hidesLabel
          size="small"
          options={STATUS_OPTIONS}
          value={status}
          onChange={(value) => set('status', value, 'all')}
        />
        <Select
          label="Order"
          hidesLabel
          size="small"
          options={ORDERS.map((id) => ({ id, label: ORDER_LABELS[id] }))}
          value={order}
          onChange={(value) => set('order', value, 'attention')}
        />
      </div>
      {chosen.length > 0 ? (
        <SelectionBar batch={batch} jobs={chosen} onDone={() => setSelected(new Set())} />
      ) : null}
      {jobs.size === 0 ? (
        <EmptyState icon={<Store size={22} />} title="There is no restaurant in this batch" />
      ) : shown.length === 0 ? (
        <EmptyState icon={<SearchX size={22} />} title="No restaurant matches">
          <Link onPress={() => setSearch({}, { replace: true })}>Show all</Link>
        </EmptyState>
      ) : (
        <JobList jobs={shown} selected={selected} onSelect={onSelect} />
      )}
    </Card>
  );
}

function Times({ batch, jobs }: BatchState) {
  const lanes = useMemo(() => [...jobs.values()].map(restaurantLane), [jobs]);
  const isLive = !['completed', 'failed', 'cancelled', 'draft', 'pending'].includes(batch.status);
  return (
    <Card>
      <Timeline
        title={`Where the time of ${batch.name} went`}
        lanes={lanes}
        isLive={isLive}
        hrefOf={({ id }) => `/batches/${batch.id}/jobs/${id}?tab=time`}
      />
    </Card>
  );
}
