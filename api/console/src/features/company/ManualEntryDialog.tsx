import { useState } from 'react';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { firstOf } from '../../api/last-answer';
import { keysOfChange } from '../../api/keys';
import type { WaitingEntry } from '../../api/types';
import { Button, Dialog, FailureNote, TextField } from '../../ui';
import styles from './CompanyPanel.module.css';
import { checkManual, MANUAL_FIELDS, type ManualEntry } from './manual';
import { tell } from './tell';

/** The company's details as a person knows them. They are checked here as the API checks them, so most mistakes show while typing. */
export function ManualEntryDialog({
  entry,
  onClose,
  onAnswered,
}: {
  entry: WaitingEntry;
  onClose: () => void;
  onAnswered: () => void;
}) {
  const { job_id: jobId, restaurant } = entry;
  const [values, setValues] = useState<ManualEntry>({});
  const [isTried, setTried] = useState(false);
  const send = useCommand({
    send: (body: ManualEntry & { contact_name: string }) =>
      firstOf(
        jobId,
        answer(
          api.POST('/api/registration-batches/jobs/{jobId}/manual-entry', {
            params: { path: { jobId } },
            body,
          }),
        ),
      ),
    done: ({ result, reason }) =>
      tell(
        result !== 'ignored',
        result === 'ignored' ? (reason ?? 'It was not taken.') : 'The company was entered.',
      ),
    invalidates: keysOfChange(jobId),
    onDone: () => {
      onClose();
      onAnswered();
    },
    showsFailure: true,
  });
  const problems = checkManual(values);
  const refused = new Map((send.error?.issues ?? []).map(({ path, message }) => [path, message]));
  const submit = (): void => {
    setTried(true);
    const { contact_name: contact } = values;
    if (problems.size === 0 && contact) send.mutate({ ...filled(values), contact_name: contact });
  };
  return (
    <Dialog
      title={`The company of ${restaurant.name ?? 'this restaurant'}`}
      isOpen
      size="wide"
      onClose={onClose}
      actions={
        <>
          <Button variant="ghost" onPress={onClose}>
            Leave it
          </Button>
          <Button variant="primary" isPending={send.isPending} onPress={submit}>
            Enter
          </Button>
        </>
      }
    >
      <div className={styles['fields']}>
        {MANUAL_FIELDS.map(({ name, label, description }, i) => (
          <TextField
            key={name}
            label={label}
            {...(description && { description })}
            value={values[name] ?? ''}
            onChange={(value) => setValues((before) => ({ ...before, [name]: value }))}
            isRequired={name === 'contact_name'}
            maxLength={200}
            error={(isTried || values[name] ? problems.get(name) : undefined) ?? refused.get(name)}
            autoFocus={i === 0}
          />
        ))}
      </div>
      {refused.size === 0 ? <FailureNote error={send.error} /> : null}
    </Dialog>
  );
}

const filled = (values: ManualEntry): ManualEntry =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));
