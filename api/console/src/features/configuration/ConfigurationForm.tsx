/** The settings of one restaurant: defaults with what a person changes laid over them, and what is missing beside its field. */
import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { Button, Callout, Pill } from '../../ui';
import styles from './Configuration.module.css';
import { findingCounts, findingsByField, valueAt, withChange, type Draft, type Finding } from './draft';
import { FieldInput } from './FieldInput';
import { SECTIONS, type Field } from './fields';

export interface ConfigurationFormProps {
  restaurantId: string;
  defaults: Record<string, unknown>;
  /** The settings were confirmed before: what stands in the fields is no default. */
  isConfirmed?: boolean;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  findings: readonly Finding[];
  warnings?: readonly Finding[];
  /** What was refused last: whoever sent it is led to the first field that is wrong. */
  refusal?: unknown;
  /** Buttons. */
  actions: ReactNode;
}

export function ConfigurationForm(props: ConfigurationFormProps) {
  const { findings, warnings = [], refusal, actions } = props;
  const form = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!refusal) return;
    const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    wrong?.scrollIntoView({ block: 'center' });
    wrong?.focus({ preventScroll: true });
  }, [refusal]);
  const byField = useMemo(() => findingsByField(findings), [findings]);
  const counts = useMemo(() => findingCounts(byField), [byField]);
  const elsewhere = byField.get('');
  return (
    <div ref={form} className={styles['panel']}>
      {byField.size > 0 ? (
        <Callout tone="wait">
          {byField.size === 1 ? 'One thing is' : `${byField.size} things are`} missing or wrong; it is said
          beside the field.
        </Callout>
      ) : null}
      {elsewhere ? <Callout tone="bad">{elsewhere}</Callout> : null}
      {warnings.map(({ path, message }) => (
        <Callout key={`${path} ${message}`}>{message}</Callout>
      ))}
      <nav className={styles['sections']} aria-label="Sections">
        {SECTIONS.map(({ id, title }) => (
          <Button
            key={id}
            size="small"
            onPress={() => document.getElementById(`section-${id}`)?.scrollIntoView({ block: 'start' })}
          >
            {title}
            {counts.get(id) ? <Pill tone="wait">{counts.get(id)} open</Pill> : null}
          </Button>
        ))}
      </nav>
      {SECTIONS.map(({ id, title, fields }) => (
        <section key={id} id={`section-${id}`} className={styles['section']} aria-label={title}>
          <h3>{title}</h3>
          {[false, true].map((areSwitches) => {
            // Each kind in rows of its own: beside a field a switch stands in no line with anything.
            const ofKind = fields.filter(({ kind }) => (kind === 'switch') === areSwitches);
            return ofKind.length === 0 ? null : (
              <div key={String(areSwitches)} className={styles['fields']}>
                {ofKind.map((field) => (
                  <Cell key={field.path} field={field} error={byField.get(field.path)} {...props} />
                ))}
              </div>
            );
          })}
        </section>
      ))}
      <div className={styles['foot']}>{actions}</div>
    </div>
  );
}

function Cell({
  field,
  error,
  defaults,
  draft,
  onDraft,
  restaurantId,
  isConfirmed = false,
}: ConfigurationFormProps & { field: Field; error: string | undefined }) {
  const isChanged = Object.hasOwn(draft, field.path);
  const byDefault = valueAt(defaults, field.path);
  return (
    <div className={field.kind === 'hours' ? styles['wide'] : undefined}>
      <FieldInput
        field={field}
        value={isChanged ? draft[field.path] : byDefault}
        isChanged={isChanged}
        isConfirmed={isConfirmed}
        error={error}
        restaurantId={restaurantId}
        onChange={(value) => onDraft(withChange(draft, defaults, field.path, value))}
        onReset={() => {
          const { [field.path]: _gone, ...rest } = draft;
          onDraft(rest);
        }}
      />
    </div>
  );
}
