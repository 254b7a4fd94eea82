import { useState } from 'react';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { firstOf } from '../../api/last-answer';
import { keysOfChange } from '../../api/keys';
import type { Candidates, WaitingEntry } from '../../api/types';
import { Button, Dialog, FailureNote, TextField } from '../../ui';
import styles from './CompanyPanel.module.css';
import { searchedWords } from './search-words';
import { tell } from './tell';

/** Other words for the register; the new list replaces the old one, and what was chosen from it. */
export function SearchAgainDialog({
  entry,
  candidates,
  onClose,
}: {
  entry: WaitingEntry;
  candidates: Candidates | null;
  onClose: () => void;
}) {
  const { job_id: jobId, restaurant } = entry;
  const searched = searchedWords(candidates);
  const [name, setName] = useState(searched.restaurant_name ?? restaurant.name ?? '');
  const [street, setStreet] = useState(searched.street ?? '');
  const [city, setCity] = useState(searched.city ?? restaurant.city ?? '');
  const search = useCommand({
    send: (words: { restaurant_name?: string; street?: string; city?: string }) =>
      firstOf(
        jobId,
        answer(
          api.POST('/api/registration-batches/jobs/{jobId}/search-again', {
            params: { path: { jobId } },
            body: words,
          }),
        ),
      ),
    done: ({ result, reason }) =>
      tell(
        result !== 'ignored',
        result === 'ignored' ? (reason ?? 'It was not taken.') : 'The register is searched again.',
      ),
    invalidates: keysOfChange(jobId),
    onDone: onClose,
    showsFailure: true,
  });
  const words = {
    ...(name.trim() && { restaurant_name: name.trim() }),
    ...(street.trim() && { street: street.trim() }),
    ...(city.trim() && { city: city.trim() }),
  };
  return (
    <Dialog
      title={`Search again for ${restaurant.name ?? 'this restaurant'}`}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button variant="ghost" onPress={onClose}>
            Leave it
          </Button>
          <Button
            variant="primary"
            isDisabled={Object.keys(words).length === 0}
            isPending={search.isPending}
            onPress={() => search.mutate(words)}
          >
            Search
          </Button>
        </>
      }
    >
      {(candidates?.candidate_count ?? 0) > 0 ? <p>The new list replaces the one that is shown.</p> : null}
      <div className={styles['fields']}>
        <TextField label="Name" value={name} onChange={setName} maxLength={200} autoFocus />
        <TextField label="Street" value={street} onChange={setStreet} maxLength={200} />
        <TextField label="City" value={city} onChange={setCity} maxLength={100} />
      </div>
      <FailureNote error={search.error} />
    </Dialog>
  );
}
