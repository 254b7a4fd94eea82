import { Construction } from 'lucide-react';
import { EmptyState, Page } from '../../ui';

export default function JobPage() {
  return (
    <Page title="Restaurant">
      <EmptyState icon={<Construction size={22} />} title="This page is not built yet" />
    </Page>
  );
}
