import { Construction } from 'lucide-react';
import { EmptyState, Page } from '../../ui';

export default function NewBatchPage() {
  return (
    <Page title="New batch" back={{ href: '/', label: 'Batches' }}>
      <EmptyState icon={<Construction size={22} />} title="This page is not built yet" />
    </Page>
  );
}
