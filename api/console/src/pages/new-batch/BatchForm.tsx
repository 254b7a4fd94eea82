/** What the batch is called and how it runs, beside the restaurants that were chosen. */
import { ChevronRight, X } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { Button as AriaButton, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import type { ApiFailure } from '../../api/failure';
import type { NewBatch, Restaurant } from '../../api/types';
import { Button, Callout, Card, Checkbox, IconButton, RadioGroup, Select, Switch, TextField } from '../../ui';
import { BUILT_IN_VALUES, CHOICES, countChanged, SWITCHES, type DefaultValues } from './defaults';
import styles from './NewBatchPage.module.css';
import { nameOf, suggestedName } from './restaurant-words';

export interface Wish {
  name: string;
  mode: NonNullable<NewBatch['execution_mode']>;
  policy: NonNullable<NewBatch['failure_policy']>;
  starts: boolean;
  defaults: DefaultValues;
}

interface BatchFormProps {
  chosen: readonly Restaurant[];
  onRemove: (ids: readonly string[]) => void;
  isPending: boolean;
  failure: ApiFailure | null;
  /** Of the chosen, those that cannot be in it. */
  taken: ReadonlySet<string>;
  onSubmit: (wish: Wish) => void;
}

export function BatchForm({ chosen, onRemove, isPending, failure, taken, onSubmit }: BatchFormProps) {
  // Null: as suggested, which follows the choice.
  const [typed, setTyped] = useState<string | null>(null);
  const [mode, setMode] = useState<Wish['mode']>('parallel');
  const [policy, setPolicy] = useState<Wish['policy']>('wait');
  const [starts, setStarts] = useState(true);
  const [defaults, setDefaults] = useState<DefaultValues>(BUILT_IN_VALUES);
  const [wasTried, setTried] = useState(false);
  const name = typed ?? (chosen.length > 0 ? suggestedName(chosen, new Date()) : '');
  const nameError = wasTried && name.trim() === '' ? 'Give it a name that your colleagues recognise.' : null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (chosen.length > 0 && name.trim() !== '')
      onSubmit({ name: name.trim(), mode, policy, starts, defaults });
  };
  return (
    <form className={styles['side']} onSubmit={submit} aria-label="The batch">
      <Card title="The batch">
        <div className={styles['form']}>
          <TextField
            label="Name"
            value={name}
            onChange={setTyped}
            error={nameError}
            maxLength={200}
            isRequired
          />
          <Chosen chosen={chosen} taken={taken} onRemove={onRemove} />
          <RadioGroup
            label="Account set-up"
            value={mode}
            onChange={(value) => setMode(value as Wish['mode'])}
            options={[
              { id: 'parallel', label: 'As many at once as may be' },
              { id: 'sequential', label: 'One restaurant after the other' },
            ]}
          />
          <RadioGroup
            label="When something fails"
            value={policy}
            onChange={(value) => setPolicy(value as Wish['policy'])}
            options={[
              {
                id: 'wait',
                label: 'Wait for one of us',
                description: 'It comes to “Needs you”, to be repaired.',
              },
              {
                id: 'fail',
                label: 'Close the restaurant as failed',
                description: 'For batches that nobody attends to.',
              },
            ]}
          />
          <Defaults values={defaults} onChange={setDefaults} />
        </div>
      </Card>
      <div className={styles['start']}>
        {failure ? <Failure failure={failure} taken={taken} onRemove={onRemove} /> : null}
        <Checkbox isSelected={starts} onChange={setStarts}>
          Start it right away
        </Checkbox>
        <Button type="submit" variant="primary" isPending={isPending} isDisabled={chosen.length === 0}>
          {buttonText(chosen.length, starts)}
        </Button>
      </div>
    </form>
  );
}

function buttonText(count: number, starts: boolean): string {
  if (count === 0) return 'Choose restaurants first';
  return `${starts ? 'Start' : 'Create'} with ${count} ${count === 1 ? 'restaurant' : 'restaurants'}`;
}

function Chosen({ chosen, taken, onRemove }: Pick<BatchFormProps, 'chosen' | 'taken' | 'onRemove'>) {
  if (chosen.length === 0) return <p className="muted">No restaurant is chosen yet.</p>;
  return (
    <ul className={styles['chosen']} aria-label="Chosen restaurants">
      {chosen.map((one) => (
        <li key={one.id} className={styles['chosenRow']} data-taken={taken.has(one.id) || undefined}>
          <span>
            {nameOf(one)}
            {taken.has(one.id) ? ' (cannot be in it)' : ''}
          </span>
          <IconButton label={`Take out ${nameOf(one)}`} size="small" onPress={() => onRemove([one.id])}>
            <X size={14} aria-hidden="true" />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}

function Defaults({
  values,
  onChange,
}: {
  values: DefaultValues;
  onChange: (values: DefaultValues) => void;
}) {
  const changed = countChanged(values);
  return (
    <Disclosure>
      <Heading level={3}>
        <AriaButton slot="trigger" className={styles['trigger'] ?? ''}>
          <ChevronRight size={15} aria-hidden="true" />
          Defaults for its restaurants
          <span className="muted">{changed > 0 ? `${changed} changed` : ''}</span>
        </AriaButton>
      </Heading>
      <DisclosurePanel>
        <div className={styles['defaults']}>
          <p className="muted">
            Filled in when a configuration is confirmed; each restaurant can still differ.
          </p>
          {CHOICES.map(({ field, label, options }) => (
            <Select
              key={field}
              label={label}
              size="small"
              options={options}
              value={String(values[`website.${field}`])}
              onChange={(value) => onChange({ ...values, [`website.${field}`]: value })}
            />
          ))}
          {SWITCHES.map(({ section, field, label, hint }) => (
            <Switch
              key={field}
              hint={hint}
              isSelected={values[`${section}.${field}`] === true}
              onChange={(value) => onChange({ ...values, [`${section}.${field}`]: value })}
            >
              {label}
            </Switch>
          ))}
        </div>
      </DisclosurePanel>
    </Disclosure>
  );
}

function Failure({
  failure,
  taken,
  onRemove,
}: Pick<BatchFormProps, 'taken' | 'onRemove'> & { failure: ApiFailure }) {
  return (
    <Callout
      tone="bad"
      isUrgent
      actions={
        taken.size > 0 ? (
          <Button size="small" onPress={() => onRemove([...taken])}>
            Take them out
          </Button>
        ) : undefined
      }
    >
      {failure.message}
      {failure.issues.map(({ path, message }) => (
        <span key={path}> {message}</span>
      ))}
    </Callout>
  );
}
