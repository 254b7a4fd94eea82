/** Beside the list: the question of one restaurant, and the way to answer it. */
import { ArrowLeft, MousePointerClick } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-aria-components';
import { keys } from '../../api/keys';
import { actorWords, lastAnswer } from '../../api/last-answer';
import type { Candidates, Step, WaitingEntry } from '../../api/types';
import { useJob } from '../../api/use-job';
import type { Choice } from '../../features/company/choose';
import { CompanyPanel } from '../../features/company/CompanyPanel';
import { ConfigurationPanel } from '../../features/configuration/ConfigurationPanel';
import { EditPanel } from '../../features/configuration/EditPanel';
import { Button, ButtonLink, Callout, EmptyState, ErrorPanel, Kbd, RelativeTime, Skeleton } from '../../ui';
import { Need } from '../job/Need';
import { companyWords } from '../job/Steps';
import { questionOf } from './inbox';
import styles from './NeedsYouPage.module.css';

export interface AnswerProps {
  /** What is asked for; it may have been answered meanwhile. */
  jobId: string | null;
  entry: WaitingEntry | null;
  isEditing: boolean;
  others: readonly WaitingEntry[];
  kept: Choice | null;
  onKeep: (choice: Choice | null) => void;
  onAnswered: () => void;
  onBack: () => void;
}

export function Answer(props: AnswerProps) {
  const { jobId, entry, isEditing, onBack } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever works by keyboard, and whoever listens, is led along to the next question.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [jobId]);
  if (jobId === null) {
    return (
      <section className={styles['answer']} aria-label="The question">
        <EmptyState icon={<MousePointerClick size={22} />} title="Choose one on the left">
          Or press <Kbd>j</Kbd>. Everything here can be done by keyboard; <Kbd>?</Kbd> tells how.
        </EmptyState>
      </section>
    );
  }
  return (
    <section className={styles['answer']} aria-label="The question">
      <div className={styles['answerHead']}>
        <Button size="small" variant="ghost" onPress={onBack}>
          <ArrowLeft size={14} aria-hidden="true" /> All
        </Button>
        <h2 ref={heading} tabIndex={-1}>
          {entry?.restaurant.name ?? 'The restaurant'}
        </h2>
        {entry ? (
          <p className="muted">
            {entry.restaurant.city ? `${entry.restaurant.city} · ` : ''}
            <Link href={`/batches/${entry.batch_job_id}/jobs/${entry.job_id}`}>{entry.batch_name}</Link>
          </p>
        ) : null}
      </div>
      {entry?.batch_paused ? (
        <Callout tone="wait">
          Its batch is paused: an answer is taken now, but the set-up starts only once the batch is resumed.
        </Callout>
      ) : null}
      {isEditing ? (
        <EditPanel key={jobId} jobId={jobId} onDone={onBack} />
      ) : entry ? (
        <Question {...props} entry={entry} />
      ) : (
        <Settled jobId={jobId} />
      )}
    </section>
  );
}

function Question({ entry, others, kept, onKeep, onAnswered }: AnswerProps & { entry: WaitingEntry }) {
  switch (questionOf(entry)) {
    case 'company':
      return (
        <CompanyPanel key={entry.job_id} entry={entry} kept={kept} onKeep={onKeep} onAnswered={onAnswered} />
      );
    case 'configuration':
      return <ConfigurationPanel key={entry.job_id} entry={entry} others={others} onAnswered={onAnswered} />;
    case 'failure':
      return <Failure key={entry.job_id} entry={entry} onAnswered={onAnswered} kept={kept} onKeep={onKeep} />;
  }
}

function Failure(props: Pick<AnswerProps, 'kept' | 'onKeep' | 'onAnswered'> & { entry: WaitingEntry }) {
  const { entry } = props;
  const { data, error, refetch } = useJob(entry.job_id);
  if (error && !data) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height="8rem" />;
  const isCompany = entry.step_number === 2 || entry.step_number === 4;
  return (
    <>
      <Need job={data.job} detail={data} />
      <ButtonLink href={`/batches/${entry.batch_job_id}/jobs/${entry.job_id}`}>
        Skip, mark as done or reset
      </ButtonLink>
      {isCompany ? <CompanyPanel {...props} /> : null}
    </>
  );
}

/** It was answered, here or by somebody else, or goes on by itself: who was first, and what is true now. */
function Settled({ jobId }: { jobId: string }) {
  const { data } = useJob(jobId);
  const { data: first } = useQuery({
    queryKey: [...keys.jobEvents(jobId), 'answer'],
    queryFn: ({ signal }) => lastAnswer(jobId, signal),
  });
  if (!data) return <Skeleton height="4rem" />;
  const { job, candidates } = data;
  return (
    <Callout
      tone="ok"
      actions={
        <ButtonLink size="small" href={`/batches/${job.batch_job_id}/jobs/${jobId}`}>
          Open it
        </ButtonLink>
      }
    >
      <p>
        <strong>{job.restaurant.name ?? 'It'}</strong> waits for nobody any more.
        {first ? (
          <>
            {' '}
            It was answered by {actorWords(first)} <RelativeTime at={first.at} />.
          </>
        ) : null}
      </p>
      {answersOf(job.steps, candidates).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </Callout>
  );
}

/** What was answered so far. */
function answersOf(steps: readonly Step[], candidates: Candidates | null): string[] {
  return steps.flatMap((step) => {
    if (step.status !== 'completed') return [];
    if (step.step_number === 3) return [`The company: ${companyWords(candidates, step) ?? 'chosen'}`];
    return step.step_number === 5 ? ['The settings are confirmed.'] : [];
  });
}
