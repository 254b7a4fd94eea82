/** Who answered a question first, for those who come second. */
import { session } from '../auth/session';
import { answer, api } from './client';
import { ApiFailure } from './failure';
import type { JobEvent } from './types';

/** Who did it, as people call each other. */
export function actorWords({ actor, actor_email: email }: Pick<JobEvent, 'actor' | 'actor_email'>): string {
  const state = session.current();
  const isMe = state.status === 'in' && state.person.id === actor;
  return isMe ? 'you' : (email ?? actor ?? 'the system');
}

/** The newest answer of a person that was taken. */
export async function lastAnswer(jobId: string, signal?: AbortSignal): Promise<JobEvent | null> {
  const { events } = await answer(
    api.GET('/api/registration-batches/jobs/{jobId}/events', {
      params: { path: { jobId }, query: { kind: 'decision.applied', order: 'newest', limit: 1 } },
      ...(signal && { signal }),
    }),
  );
  return events[0] ?? null;
}

/** The answer to one question; a refusal because it is asked no more says who was first. @throws ApiFailure */
export async function firstOf<T>(jobId: string, sent: Promise<T>): Promise<T> {
  try {
    return await sent;
  } catch (failure) {
    if (!(failure instanceof ApiFailure) || failure.code !== 'STEP_NOT_ACTION_REQUIRED') throw failure;
    const first = await lastAnswer(jobId).catch(() => null);
    if (!first) throw failure;
    const message = `It was answered by ${actorWords(first)} before your answer came, so yours was not taken.`;
    throw new ApiFailure(failure.code, message, false, failure.details);
  }
}
