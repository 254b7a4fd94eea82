import { useState } from 'react';
import { useNavigate } from 'react-router';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { keys } from '../../api/keys';
import type { ApiFailure } from '../../api/failure';
import type { CreatedBatch, NewBatch, Restaurant } from '../../api/types';
import { notify, Page } from '../../ui';
import { BatchForm, type Wish } from './BatchForm';
import { toExecutionConfig } from './defaults';
import styles from './NewBatchPage.module.css';
import { RestaurantPicker } from './RestaurantPicker';

export default function NewBatchPage() {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Restaurant>>(new Map());
  const create = useCreate();
  const without = (ids: readonly string[]): void =>
    setChosen(new Map([...chosen].filter(([id]) => !ids.includes(id))));
  return (
    <Page
      title="New batch"
      subtitle="Choose the restaurants that are registered together."
      back={{ href: '/', label: 'Batches' }}
    >
      <div className={styles['columns']}>
        <RestaurantPicker chosen={chosen} onChoose={setChosen} />
        <BatchForm
          chosen={[...chosen.values()]}
          onRemove={without}
          isPending={create.isPending}
          failure={create.error}
          taken={takenBy(create.error)}
          onSubmit={(wish) => create.mutate(toBody(wish, [...chosen.keys()]))}
        />
      </div>
    </Page>
  );
}

function useCreate() {
  const navigate = useNavigate();
  return useCommand<NewBatch, CreatedBatch>({
    send: (body, key) =>
      answer(api.POST('/api/registration-batches', { body, headers: { 'Idempotency-Key': key } })),
    invalidates: [keys.batches, ['restaurants']],
    showsFailure: true,
    onDone: ({ batch_job: batch, auto_start: start }) => {
      if (start.requested && !start.started)
        notify.told(`${batch.name} was created. It starts by itself once the engine can be reached.`);
      else notify.done(start.started ? `${batch.name} has started.` : `${batch.name} was created.`);
      void navigate(`/batches/${batch.id}`);
    },
  });
}

function toBody({ name, mode, policy, starts, defaults }: Wish, ids: string[]): NewBatch {
  const config = toExecutionConfig(defaults);
  return {
    name,
    restaurant_ids: ids,
    execution_mode: mode,
    failure_policy: policy,
    auto_start: starts,
    ...(config && { execution_config: config }),
  };
}

/** Restaurants that keep the batch from being made: gone, or meanwhile in another one. */
function takenBy(failure: ApiFailure | null): ReadonlySet<string> {
  const details = failure?.details;
  if (typeof details !== 'object' || details === null || !('restaurant_ids' in details)) return new Set();
  return new Set(Array.isArray(details.restaurant_ids) ? (details.restaurant_ids as string[]) : []);
}
