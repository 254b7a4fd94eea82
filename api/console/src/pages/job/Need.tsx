/** What the restaurant needs from a person, in one sentence, with the way to give it. */
import { useState } from 'react';
import { isMendedByEdit } from '../../../../../domain/failures';
import { SUB_STEPS } from '../../../../../domain/sub-steps';
import { RETRYABLE_STEPS, type RetryableStep } from '../../../../../domain/steps';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { keysOfChange } from '../../api/keys';
import type { Job, JobAnswer } from '../../api/types';
import { ReasonDialog } from '../../features/repair/ReasonDialog';
import { Button, ButtonLink, Callout } from '../../ui';

const JOB = '/api/registration-batches/jobs/{jobId}';

export function Need({ job, detail }: { job: Job; detail: JobAnswer }) {
  if (job.status === 'failed' || job.status === 'cancelled') {
    return job.error_message === null ? null : (
      <Callout tone={job.status === 'failed' ? 'bad' : 'idle'}>{job.error_message}</Callout>
    );
  }
  if (job.status === 'action_required') {
    return (
      <Callout tone="wait" actions={<Answers job={job} detail={detail} />}>
        {job.waiting_reason ?? 'It waits for a person.'}
        <Failed detail={detail} />
      </Callout>
    );
  }
  if (job.note !== null && job.status === 'in_progress') return <Callout>{job.note}</Callout>;
  return null;
}

/** The sentences of what failed stand here too, where several did. */
function Failed({ detail }: { detail: JobAnswer }) {
  const failed = detail.job.sub_steps.filter(({ status, error }) => status === 'failed' && error !== null);
  if (failed.length < 2) return null;
  return (
    <ul>
      {failed.map(({ key, error }) => (
        <li key={key}>
          <strong>{SUB_STEPS[key].label}:</strong> {error}
        </li>
      ))}
    </ul>
  );
}

function Answers({ job, detail }: { job: Job; detail: JobAnswer }) {
  const failed = job.steps.find(
    ({ status, step_number }) =>
      status === 'failed' && RETRYABLE_STEPS.some((number) => number === step_number),
  );
  const inbox = `/needs-you?job=${job.id}`;
  if (!failed) {
    return (
      <ButtonLink size="small" variant="primary" href={inbox}>
        {job.current_step === 5 ? 'Confirm the settings' : 'Choose the company'}
      </ButtonLink>
    );
  }
  const number = failed.step_number as RetryableStep;
  const subSteps = failedSubSteps(detail);
  const mayEdit = number === 6 && detail.actions.job.edit_configuration?.possible === true;
  // Step 6 may have failed before any of them began.
  const isEditFirst =
    mayEdit && subSteps.length > 0 && subSteps.every(({ error_type: type }) => isMendedByEdit(type));
  const retry = (
    <Retry
      jobId={job.id}
      step={number}
      count={subSteps.length}
      variant={isEditFirst ? 'secondary' : 'primary'}
    />
  );
  return (
    <>
      {isEditFirst ? null : retry}
      {number === 1 ? <GoOnWithout jobId={job.id} /> : null}
      {mayEdit ? (
        <ButtonLink size="small" variant={isEditFirst ? 'primary' : 'secondary'} href={`${inbox}&edit=1`}>
          Edit the settings
        </ButtonLink>
      ) : null}
      {isEditFirst ? retry : null}
      {number === 2 || number === 4 ? (
        <ButtonLink size="small" href={inbox}>
          Search again or enter by hand
        </ButtonLink>
      ) : null}
    </>
  );
}

const failedSubSteps = (detail: JobAnswer): JobAnswer['job']['sub_steps'] =>
  detail.job.sub_steps.filter(({ status }) => status === 'failed');

function Retry({
  jobId,
  step,
  count,
  variant,
}: {
  jobId: string;
  step: RetryableStep;
  count: number;
  variant: 'primary' | 'secondary';
}) {
  const retry = useCommand({
    send: (body: { step: RetryableStep }, key) =>
      answer(
        api.POST(`${JOB}/retry`, { params: { path: { jobId } }, body, headers: { 'Idempotency-Key': key } }),
      ),
    done: ({ sub_steps }) =>
      sub_steps.length === 0
        ? 'It runs again.'
        : `Runs again: ${sub_steps.map((key) => SUB_STEPS[key].label).join(', ')}.`,
    invalidates: keysOfChange(jobId),
  });
  return (
    <Button size="small" variant={variant} isPending={retry.isPending} onPress={() => retry.mutate({ step })}>
      {step === 1 ? 'Wait again' : step === 6 && count > 1 ? `Retry ${count} sub-steps` : 'Retry'}
    </Button>
  );
}

function GoOnWithout({ jobId }: { jobId: string }) {
  const [isOpen, setOpen] = useState(false);
  const goOn = useCommand({
    send: (reason: string, key) =>
      answer(
        api.POST(`${JOB}/steps/1/continue`, {
          params: { path: { jobId } },
          body: { mode: 'without', reason },
          headers: { 'Idempotency-Key': key },
        }),
      ),
    done: () => 'It goes on without the extraction.',
    invalidates: keysOfChange(jobId),
    showsFailure: true,
  });
  return (
    <>
      <Button size="small" onPress={() => setOpen(true)}>
        Go on without
      </Button>
      <ReasonDialog
        title="Go on without the extraction"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        act="Go on"
        onAct={(reason) => goOn.mutateAsync(reason)}
      >
        The restaurant goes on with the menu and the colours that are there. A menu that arrives later is
        still taken.
      </ReasonDialog>
    </>
  );
}
