/** One restaurant: what it needs, its six steps and twelve sub-steps as they go on, where the time went, and who did what. */
import { useQueryClient } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { registrationWorkflowId } from '../../../../../domain/ids';
import { isTerminalJob } from '../../../../../domain/statuses';
import { keys } from '../../api/keys';
import type { Job, JobAnswer } from '../../api/types';
import { useJob } from '../../api/use-job';
import { useTemporalLink } from '../../app/ConfigContext';
import { jobLanes } from '../../features/timeline/model';
import { Timeline } from '../../features/timeline/Timeline';
import { useBatchStream } from '../../live/use-batch-stream';
import { ButtonLink, Card, ErrorPanel, Page, Skeleton, StatusPill, Tabs } from '../../ui';
import { History } from './History';
import { JobActions } from './JobActions';
import { Need } from './Need';
import { Settings } from './Settings';
import { Steps } from './Steps';

/** Changes come in bursts; what can be done now is asked for once they have settled. */
const SETTLE_MS = 600;

export default function JobPage() {
  const { batchId = '', jobId = '' } = useParams();
  const stream = useBatchStream(batchId);
  const live = stream.status === 'live' ? stream.jobs.get(jobId) : undefined;
  const { data, error, refetch } = useJob(jobId);
  useFollowing(jobId, live);
  const back =
    stream.status === 'live'
      ? { href: `/batches/${batchId}`, label: stream.batch.name }
      : { href: `/batches/${batchId}`, label: 'Batch' };
  if (error && !data) {
    return (
      <Page title="Restaurant" back={back}>
        <ErrorPanel error={error} onRetry={() => void refetch()} />
      </Page>
    );
  }
  if (!data) {
    return (
      <Page title="Restaurant" back={back}>
        <Skeleton height="3rem" />
        <Skeleton height="20rem" />
      </Page>
    );
  }
  return <Shown job={newest(data.job, live)} detail={data} back={back} />;
}

/** The stream is ahead of what was asked for, unless that was asked for just now. */
const newest = (asked: Job, live: Job | undefined): Job =>
  live && live.updated_at >= asked.updated_at ? live : asked;

/** What the stream does not carry (attempts, actions, candidates, the audit trail) is read again after each change. */
function useFollowing(jobId: string, live: Job | undefined): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!live) return;
    const timer = setTimeout(() => {
      void queries.invalidateQueries({ queryKey: keys.job(jobId) });
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [jobId, live, queries]);
}

const TABS = [
  { id: 'steps', label: 'Steps' },
  { id: 'time', label: 'Where the time went' },
  { id: 'settings', label: 'Settings' },
  { id: 'history', label: 'History' },
];

function Shown({
  job,
  detail,
  back,
}: {
  job: Job;
  detail: JobAnswer;
  back: { href: string; label: string };
}) {
  const [search, setSearch] = useSearchParams();
  const tab = TABS.find(({ id }) => id === search.get('tab'))?.id ?? 'steps';
  const temporal = useTemporalLink(registrationWorkflowId(job.id));
  const lanes = useMemo(() => jobLanes(job), [job]);
  const name = job.restaurant.name ?? 'Restaurant without a name';
  return (
    <Page
      title={name}
      mark={<StatusPill status={job.closure === 'given_up' ? 'gave_up' : job.status} />}
      subtitle={job.restaurant.city}
      back={back}
      actions={
        <>
          {temporal ? (
            <ButtonLink href={temporal} target="_blank" rel="noreferrer" variant="ghost">
              <ExternalLink size={15} aria-hidden="true" /> Temporal
            </ButtonLink>
          ) : null}
          <JobActions job={job} actions={detail.actions} />
        </>
      }
    >
      <Need job={job} detail={detail} />
      <Tabs
        label="Views of the restaurant"
        tabs={TABS}
        selected={tab}
        onSelect={(next) => setSearch(next === 'steps' ? {} : { tab: next }, { replace: true })}
      >
        {tab === 'steps' ? <Steps job={job} detail={detail} /> : null}
        {tab === 'time' ? (
          <Card>
            <Timeline
              title={`Where the time of ${name} went`}
              lanes={lanes}
              isLive={!isTerminalJob(job.status)}
            />
          </Card>
        ) : null}
        {tab === 'settings' ? <Settings job={detail.job} /> : null}
        {tab === 'history' ? <History jobId={job.id} /> : null}
      </Tabs>
    </Page>
  );
}
