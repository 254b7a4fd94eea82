import { useQuery } from '@tanstack/react-query';
import { answer, api } from './client';
import { keys } from './keys';

/** One restaurant with all that is known of it: steps, sub-steps, candidates, and what can be done with it now. */
export function useJob(jobId: string) {
  return useQuery({
    queryKey: keys.job(jobId),
    queryFn: ({ signal }) =>
      answer(api.GET('/api/registration-batches/jobs/{jobId}', { params: { path: { jobId } }, signal })),
  });
}
