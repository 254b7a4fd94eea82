import { Construction } from 'lucide-react';
import { EmptyState, Page } from '../../ui';

export default function BatchPage() {
  return (
    <Page title="Batch">
      <EmptyState icon={<Construction size={22} />} title="This page is not built yet" />
    </Page>
  );
}
