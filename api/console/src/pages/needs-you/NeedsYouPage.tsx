import { Construction } from 'lucide-react';
import { EmptyState, Page } from '../../ui';

export default function NeedsYouPage() {
  return (
    <Page title="Needs you">
      <EmptyState icon={<Construction size={22} />} title="This page is not built yet" />
    </Page>
  );
}
