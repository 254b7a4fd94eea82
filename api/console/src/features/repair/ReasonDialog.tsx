import { useState, type ReactNode } from 'react';
import type { ApiFailure } from '../../api/failure';
import { Button, Callout, Dialog, TextArea } from '../../ui';
import styles from './Repair.module.css';

export interface ReasonDialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** The word on the button that acts. */
  act: string;
  isDangerous?: boolean;
  /** The audit trail does not need a reason. */
  isOptional?: boolean;
  /** May act now, beside what the reason asks for. */
  isReady?: boolean;
  /** Once it is done, where that is not to close it. */
  onDone?: () => void;
  /** Resolves once it is done; the dialog closes then. A failure is shown in it. */
  onAct: (reason: string) => Promise<unknown>;
  /** What it means, and what else must be told. */
  children: ReactNode;
}

/** Asks why, then acts. What was written stays when it could not be done. */
export function ReasonDialog(props: ReasonDialogProps) {
  // Opened anew it starts empty.
  return props.isOpen ? <Asking {...props} /> : null;
}

function Asking({
  title,
  onClose,
  onDone = onClose,
  act,
  isDangerous = false,
  isOptional = false,
  isReady = true,
  onAct,
  children,
}: ReasonDialogProps) {
  const [reason, setReason] = useState('');
  const [state, setState] = useState<{ isPending: boolean; failure: ApiFailure | null }>({
    isPending: false,
    failure: null,
  });
  const text = reason.trim();
  const canAct = isReady && (isOptional || text !== '');
  const go = async (): Promise<void> => {
    if (!canAct) return;
    setState({ isPending: true, failure: null });
    try {
      await onAct(text);
      onDone();
    } catch (error) {
      setState({ isPending: false, failure: error as ApiFailure });
    }
  };
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      isAlert={isDangerous}
      actions={
        <>
          <Button variant="ghost" onPress={onClose}>
            Leave it
          </Button>
          <Button
            variant={isDangerous ? 'danger' : 'primary'}
            isPending={state.isPending}
            isDisabled={!canAct}
            onPress={() => void go()}
          >
            {act}
          </Button>
        </>
      }
    >
      <div className={styles['body']}>{children}</div>
      <TextArea
        label={isOptional ? 'Why? (if there is something to say)' : 'Why?'}
        description="Stands in the audit trail, with your name."
        value={reason}
        onChange={setReason}
        maxLength={500}
        rows={2}
        autoFocus
      />
      {state.failure ? (
        <Callout tone="bad" isUrgent>
          {state.failure.message}
          {state.failure.retryable ? ' Nothing is lost: try again.' : ''}
        </Callout>
      ) : null}
    </Dialog>
  );
}
