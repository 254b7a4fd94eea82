/** The settings of a restaurant that were confirmed already: what is changed holds for what starts from now on. */
import { useState } from 'react';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import type { ApiFailure } from '../../api/failure';
import { keysOfChange } from '../../api/keys';
import { useJob } from '../../api/use-job';
import { Button, Callout, Checkbox, ErrorPanel, Skeleton } from '../../ui';
import { because } from '../repair/because';
import { ReasonDialog } from '../repair/ReasonDialog';
import styles from './Configuration.module.css';
import { ConfigurationForm } from './ConfigurationForm';
import { nested, stillOpen, type Draft } from './draft';

export function EditPanel({ jobId, onDone }: { jobId: string; onDone: () => void }) {
  const { data, error, refetch } = useJob(jobId);
  const [draft, setDraft] = useState<Draft>({});
  const [judged, setJudged] = useState<Draft>({});
  const [isAsking, setAsking] = useState(false);
  const [runsAgain, setRunsAgain] = useState(true);
  const edit = useCommand({
    send: (input: { draft: Draft; retry: boolean; reason: string }, key) =>
      answer(
        api.PATCH('/api/registration-batches/jobs/{jobId}/configuration', {
          params: { path: { jobId } },
          body: {
            changes: nested(input.draft),
            retry: input.retry,
            ...because(input.reason),
          },
          headers: { 'Idempotency-Key': key },
        }),
      ),
    done: ({ changed_paths, retried }) =>
      changed_paths.length === 0
        ? 'Nothing differed from what there is.'
        : `Changed.${retried.length > 0 ? ` ${retried.length} sub-steps run again.` : ''}`,
    invalidates: keysOfChange(jobId),
    onDone,
    showsFailure: true,
  });
  if (error && !data) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height="24rem" />;
  const { job, actions } = data;
  const can = actions.job.edit_configuration;
  if (!can?.possible || job.execution_config === null) {
    return <Callout>{can?.sentence ?? 'The settings were not confirmed yet.'}</Callout>;
  }
  const issues = (edit.error?.issues ?? []).map(({ path, message }) => ({
    path: path.replace(/^changes\./, ''),
    message,
  }));
  const findings = stillOpen(issues, draft, judged);
  return (
    <>
      <ConfigurationForm
        restaurantId={job.restaurant_id}
        defaults={job.execution_config}
        isConfirmed
        draft={draft}
        onDraft={setDraft}
        findings={findings}
        refusal={isAsking ? null : edit.error}
        actions={
          <>
            <Button
              variant="primary"
              isDisabled={Object.keys(draft).length === 0}
              onPress={() => setAsking(true)}
            >
              Change and go on…
            </Button>
            <span className={styles['spacer']} />
            <Button variant="ghost" onPress={onDone}>
              Leave it
            </Button>
          </>
        }
      />
      <ReasonDialog
        title="Change the settings"
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        act="Change"
        isOptional
        onAct={async (reason) => {
          setJudged(draft);
          try {
            await edit.mutateAsync({ draft, retry: runsAgain, reason });
          } catch (failure) {
            // What is wrong with fields is said beside them, so the dialog makes room.
            if ((failure as ApiFailure).issues.length === 0) throw failure;
          }
        }}
      >
        <p>What is done already stays as it is. What starts from now on takes the new settings.</p>
        <Checkbox isSelected={runsAgain} onChange={setRunsAgain}>
          Run again what failed
        </Checkbox>
      </ReasonDialog>
    </>
  );
}
