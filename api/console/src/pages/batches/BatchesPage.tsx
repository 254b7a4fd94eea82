import { useQuery } from '@tanstack/react-query';
import { Layers, Plus } from 'lucide-react';
import { Link } from 'react-aria-components';
import { answer, api } from '../../api/client';
import { keys } from '../../api/keys';
import { ButtonLink, Card, EmptyState, ErrorPanel, Page, RelativeTime, Skeleton, StatusPill } from '../../ui';

export default function BatchesPage() {
  const query = { limit: 25 };
  const { data, error, refetch } = useQuery({
    queryKey: keys.batchList(query),
    queryFn: ({ signal }) => answer(api.GET('/api/registration-batches', { params: { query }, signal })),
  });
  return (
    <Page
      title="Batches"
      actions={
        <ButtonLink href="/batches/new" variant="primary">
          <Plus size={16} aria-hidden="true" /> New batch
        </ButtonLink>
      }
    >
      <Card>
        {error ? <ErrorPanel error={error} onRetry={() => void refetch()} /> : null}
        {!error && !data ? <Skeleton height="6rem" /> : null}
        {data?.batch_jobs.length === 0 ? (
          <EmptyState icon={<Layers size={22} />} title="No batches yet" />
        ) : null}
        <ul>
          {data?.batch_jobs.map((batch) => (
            <li key={batch.id}>
              <Link href={`/batches/${batch.id}`}>{batch.name}</Link> <StatusPill status={batch.status} />{' '}
              <RelativeTime at={batch.updated_at} />
            </li>
          ))}
        </ul>
      </Card>
    </Page>
  );
}
