import { SearchX } from 'lucide-react';
import { ButtonLink, EmptyState, Page } from '../ui';

export default function NotFoundPage() {
  return (
    <Page title="There is no such page">
      <EmptyState
        icon={<SearchX size={22} />}
        title="Nothing is here"
        actions={<ButtonLink href="/">To the batches</ButtonLink>}
      >
        The address may be mistyped, or the page has moved.
      </EmptyState>
    </Page>
  );
}
