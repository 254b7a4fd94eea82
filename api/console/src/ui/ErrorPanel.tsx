import { CloudOff, SearchX, TriangleAlert } from 'lucide-react';
import { ApiFailure } from '../api/failure';
import { Button, ButtonLink } from './Button';
import { EmptyState } from './Layout';

const NOT_FOUND: ReadonlySet<string> = new Set([
  'BATCH_NOT_FOUND',
  'JOB_NOT_FOUND',
  'RESTAURANT_NOT_FOUND',
  'NOT_FOUND',
]);

/** Stands where something would stand that could not be loaded: says why in plain words, and what can be done. */
export function ErrorPanel({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const failure = error instanceof ApiFailure ? error : null;
  const again = onRetry ? (
    <Button variant="secondary" onPress={onRetry}>
      Try again
    </Button>
  ) : null;
  if (failure && NOT_FOUND.has(failure.code)) {
    return (
      <EmptyState
        icon={<SearchX size={22} />}
        title={failure.message}
        actions={<ButtonLink href="/">To the batches</ButtonLink>}
      >
        It may belong to another organisation, or the address is not complete.
      </EmptyState>
    );
  }
  if (failure?.retryable) {
    return (
      <EmptyState
        icon={<CloudOff size={22} />}
        tone="bad"
        title="This cannot be loaded at the moment"
        actions={again}
      >
        {failure.message}
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<TriangleAlert size={22} />} tone="bad" title="This cannot be shown" actions={again}>
      {failure?.message ??
        'Something went wrong in this page. Reload it; if it comes again, tell the on-call engineer.'}
    </EmptyState>
  );
}
