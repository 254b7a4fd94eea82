/** The audit trail: who did what, when and why. */
import { useQuery } from '@tanstack/react-query';
import { History as HistoryIcon } from 'lucide-react';
import { useState } from 'react';
import { answer, api } from '../../api/client';
import { keys } from '../../api/keys';
import { actorWords } from '../../api/last-answer';
import type { JobEvent } from '../../api/types';
import { Card, EmptyState, ErrorPanel, Pagination, RelativeTime, Skeleton } from '../../ui';
import { eventDetail, eventWords } from './event-words';
import styles from './History.module.css';

const PAGE = 50;

export function History({ jobId }: { jobId: string }) {
  const [offset, setOffset] = useState(0);
  const query = { limit: PAGE, offset };
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.jobEvents(jobId), query],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/registration-batches/jobs/{jobId}/events', {
          params: { path: { jobId }, query },
          signal,
        }),
      ),
  });
  if (error && !data) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height="12rem" />;
  if (data.events.length === 0) {
    return <EmptyState icon={<HistoryIcon size={22} />} title="Nothing has happened yet" />;
  }
  return (
    <Card>
      <ol className={styles['events']}>
        {data.events.map((event) => (
          <Entry key={event.id} event={event} />
        ))}
      </ol>
      <Pagination offset={offset} limit={PAGE} total={data.total_count} onOffset={setOffset} />
    </Card>
  );
}

function Entry({ event }: { event: JobEvent }) {
  const detail = eventDetail(event);
  return (
    <li className={styles['event']}>
      <span className={styles['at']}>
        <RelativeTime at={event.at} />
      </span>
      <div>
        <p>
          {eventWords(event)}
          {event.actor !== null ? <span className="muted"> · {actorWords(event)}</span> : null}
        </p>
        {event.reason !== null ? <p className={styles['reason']}>“{event.reason}”</p> : null}
        {detail === null ? null : <p className="muted">{detail}</p>}
      </div>
    </li>
  );
}
