/** Retry, skip, mark as done or reset one sub-step: what it means, what must be told, why. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { SUB_STEPS, type SubStepKey } from '../../../../../domain/sub-steps';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { keys, keysOfChange } from '../../api/keys';
import { Callout, Checkbox, Skeleton, TextField } from '../../ui';
import { because } from './because';
import { ReasonDialog } from './ReasonDialog';
import styles from './Repair.module.css';

export type SubStepRepair = 'retry' | 'skip' | 'complete' | 'reset';

export interface SubStepDialogProps {
  jobId: string;
  subStep: SubStepKey;
  repair: SubStepRepair;
  /** Of a reset: what it made may be there, and somebody must say that it was removed. */
  mayExist: boolean;
  onClose: () => void;
}

/** What people call the outputs that others need. */
const OUTPUT_LABELS: Record<string, string> = {
  codeInjectionId: 'Id of the generated code',
  pumpd_restaurant_id: "The restaurant's id at the ordering platform",
};

export function SubStepDialog(props: SubStepDialogProps) {
  switch (props.repair) {
    case 'retry':
      return <Retry {...props} />;
    case 'skip':
      return <Settle {...props} status="skipped" />;
    case 'complete':
      return <Settle {...props} status="completed" />;
    case 'reset':
      return <Reset {...props} />;
  }
}

const SUB_STEP = '/api/registration-batches/jobs/{jobId}/steps/6/sub-steps/{key}';

function Retry({ jobId, subStep, onClose }: SubStepDialogProps) {
  const { label } = SUB_STEPS[subStep];
  const path = { jobId, key: subStep };
  const retry = useCommand({
    send: (reason: string, key) =>
      answer(
        api.POST(`${SUB_STEP}/retry`, {
          params: { path },
          body: because(reason),
          headers: { 'Idempotency-Key': key },
        }),
      ),
    done: () => `“${label}” runs again.`,
    invalidates: keysOfChange(jobId),
    showsFailure: true,
  });
  return (
    <ReasonDialog
      title={`Retry “${label}”`}
      isOpen
      onClose={onClose}
      act="Retry"
      isOptional
      onAct={(reason) => retry.mutateAsync(reason)}
    >
      It runs again under the same key, after a look whether its effect is there already. What it blocks goes
      on by itself once it is done.
    </ReasonDialog>
  );
}

function Settle({
  jobId,
  subStep,
  status,
  onClose,
}: SubStepDialogProps & { status: 'completed' | 'skipped' }) {
  const { label, requiredOutputs } = SUB_STEPS[subStep];
  const needed = status === 'completed' ? requiredOutputs : [];
  const [outputs, setOutputs] = useState<Record<string, string>>({});
  const settle = useCommand({
    send: (input: { reason: string; output: Record<string, string> }, key) =>
      answer(
        api.PATCH(SUB_STEP, {
          params: { path: { jobId, key: subStep } },
          body: {
            status,
            reason: input.reason,
            ...(needed.length > 0 ? { output: input.output } : {}),
          },
          headers: { 'Idempotency-Key': key },
        }),
      ),
    done: () => `“${label}” is ${status === 'completed' ? 'marked as done' : 'skipped'}.`,
    invalidates: keysOfChange(jobId),
    showsFailure: true,
  });
  return (
    <ReasonDialog
      title={`${status === 'completed' ? 'Mark as done' : 'Skip'}: ${label}`}
      isOpen
      onClose={onClose}
      act={status === 'completed' ? 'Mark as done' : 'Skip'}
      isReady={needed.every((name) => outputs[name]?.trim())}
      onAct={(reason) => settle.mutateAsync({ reason, output: outputs })}
    >
      <p>
        {status === 'completed'
          ? 'Somebody did it by hand. What needs it goes on as if it had run here.'
          : skipWords(subStep)}
      </p>
      {needed.map((name) => (
        <TextField
          key={name}
          label={OUTPUT_LABELS[name] ?? name}
          description="Other sub-steps need it."
          value={outputs[name] ?? ''}
          onChange={(value) => setOutputs((before) => ({ ...before, [name]: value }))}
          isRequired
        />
      ))}
    </ReasonDialog>
  );
}

function skipWords(subStep: SubStepKey): string {
  switch (SUB_STEPS[subStep].whenSkipped) {
    case 'satisfies':
      return 'It is left out. What comes after it goes on.';
    case 'if_exists':
      return 'It is left out. What needs it goes on if the thing exists already; else it is left out as well.';
    case 'never':
      return 'It is left out, and so is everything that needs it.';
  }
}

function Reset({ jobId, subStep, mayExist, onClose }: SubStepDialogProps) {
  const { label } = SUB_STEPS[subStep];
  const path = { jobId, key: subStep };
  const [isRemoved, setRemoved] = useState(false);
  const preview = useQuery({
    queryKey: [...keys.job(jobId), 'reset', subStep],
    // Its state may change while nobody looks; it is asked afresh at each opening.
    gcTime: 0,
    queryFn: ({ signal }) =>
      answer(
        api.POST(`${SUB_STEP}/reset`, {
          params: { path },
          // For a look it is taken as removed: whether it was is asked below.
          body: { preview: true, cascade: true, effect_removed: true },
          signal,
        }),
      ),
  });
  const reset = useCommand({
    send: (reason: string, key) =>
      answer(
        api.POST(`${SUB_STEP}/reset`, {
          params: { path },
          body: { cascade: true, effect_removed: isRemoved, preview: false, reason },
          headers: { 'Idempotency-Key': key },
        }),
      ),
    done: ({ changed }) => `Reset: ${(changed ?? []).length} sub-steps run again.`,
    invalidates: keysOfChange(jobId),
    showsFailure: true,
  });
  const along = (preview.data?.would_change ?? []).filter(({ key }) => key !== subStep);
  return (
    <ReasonDialog
      title={`Reset “${label}”`}
      isOpen
      onClose={onClose}
      act="Reset"
      isDangerous
      isReady={preview.isSuccess && (!mayExist || isRemoved)}
      onAct={(reason) => reset.mutateAsync(reason)}
    >
      <p>It runs as if it had never run; what it gave is forgotten.</p>
      {preview.isPending ? <Skeleton height="2.5rem" /> : null}
      {preview.error ? <Callout tone="bad">{preview.error.message}</Callout> : null}
      {along.length > 0 ? (
        <>
          <p>With it {along.length === 1 ? 'runs again what builds' : 'run again those that build'} on it:</p>
          <ul className={styles['list']}>
            {along.map(({ key }) => (
              <li key={key}>{SUB_STEPS[key].label}</li>
            ))}
          </ul>
        </>
      ) : null}
      {mayExist ? (
        <>
          <Callout tone="wait">
            What it made may exist at the service. Running it again would make a second one.
          </Callout>
          <Checkbox isSelected={isRemoved} onChange={setRemoved}>
            I have removed it at the service, or looked and it is not there.
          </Checkbox>
        </>
      ) : null}
    </ReasonDialog>
  );
}
