import { useState } from 'react';
import type { WaitingEntry } from '../../api/types';
import { Button, Checkbox, Dialog, notify } from '../../ui';
import styles from './Configuration.module.css';
import type { Draft } from './draft';
import { drafts } from './drafts';
import { FIELDS } from './fields';

/** Lays the changes over the settings of others of the batch. Nothing is sent: each is still looked over and confirmed. */
export function CopyDialog({
  draft,
  others,
  onClose,
}: {
  draft: Draft;
  others: readonly WaitingEntry[];
  onClose: () => void;
}) {
  const paths = Object.keys(draft);
  const [fields, setFields] = useState<ReadonlySet<string>>(new Set(paths));
  const [jobs, setJobs] = useState<ReadonlySet<string>>(new Set(others.map(({ job_id }) => job_id)));
  const copy = (): void => {
    const chosen = Object.fromEntries(Object.entries(draft).filter(([path]) => fields.has(path)));
    for (const jobId of jobs) drafts.set(jobId, { ...drafts.get(jobId), ...chosen });
    notify.done(`Copied to ${jobs.size}. Nothing is sent before you confirm them.`);
    onClose();
  };
  return (
    <Dialog
      title="Copy changes to others"
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button variant="ghost" onPress={onClose}>
            Leave it
          </Button>
          <Button variant="primary" isDisabled={jobs.size === 0 || fields.size === 0} onPress={copy}>
            Copy
          </Button>
        </>
      }
    >
      <p>What is a restaurant&apos;s own (contact, name, address, hours, menu, users) is never copied.</p>
      <Choices
        label="Which changes"
        options={paths.map((path) => ({ id: path, label: FIELDS.get(path)?.label ?? path }))}
        chosen={fields}
        onChosen={setFields}
      />
      <Choices
        label="To which restaurants"
        options={others.map(({ job_id, restaurant }) => ({
          id: job_id,
          label: restaurant.name ?? 'Restaurant',
        }))}
        chosen={jobs}
        onChosen={setJobs}
      />
    </Dialog>
  );
}

/** Any number of a list. */
export function Choices({
  label,
  options,
  chosen,
  onChosen,
}: {
  label: string;
  options: readonly { id: string; label: string }[];
  chosen: ReadonlySet<string>;
  onChosen: (chosen: ReadonlySet<string>) => void;
}) {
  const toggle = (id: string, isOn: boolean): void => {
    const next = new Set(chosen);
    if (isOn) next.add(id);
    else next.delete(id);
    onChosen(next);
  };
  return (
    <div role="group" aria-label={label} className={styles['choices']}>
      <div className={styles['choicesHead']}>
        <strong>{label}</strong>
        {options.length > 1 ? (
          <Checkbox
            isSelected={chosen.size === options.length}
            isIndeterminate={chosen.size > 0 && chosen.size < options.length}
            onChange={(all) => onChosen(new Set(all ? options.map(({ id }) => id) : []))}
          >
            All {options.length}
          </Checkbox>
        ) : null}
      </div>
      {options.map(({ id, label: text }) => (
        <Checkbox key={id} isSelected={chosen.has(id)} onChange={(isOn) => toggle(id, isOn)}>
          {text}
        </Checkbox>
      ))}
    </div>
  );
}
