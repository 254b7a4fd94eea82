/** `POST /jobs/:jobId/credentials/reveal`: the one way out for a password, for those who have to log in with it. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { unseal } from '../../domain/sealing';
import { credentialOf, CREDENTIALS, storedFor } from '../credentials';
import { jobOf, type RouteContext } from '../deps';
import { endpoint } from '../http/endpoint';
import { jobParams, reasonText } from '../schemas';

export const revealBody = z.strictObject({ which: z.enum(CREDENTIALS), reason: reasonText });

export function credentialRoutes({ host, record, keyRing }: RouteContext): void {
  endpoint(
    host,
    {
      method: 'post',
      path: '/jobs/:jobId/credentials/reveal',
      summary:
        'Show the password of the account, or of the onboarding user, once that exists; written to the audit trail with the reason',
      tag: 'jobs',
      access: 'reveal',
      limit: 'reveal',
      params: jobParams,
      body: revealBody,
      answer: z.object({
        job_id: z.guid(),
        which: z.enum(CREDENTIALS),
        login: z.string(),
        password: z.string(),
      }),
      errors: ['JOB_NOT_FOUND', 'INVALID_STATUS'],
    },
    async ({ caller, params, body: { which, reason }, res }) => {
      res.setHeader('Cache-Control', 'no-store');
      const {
        id: jobId,
        organisation_id: organisationId,
        batch_job_id: batchId,
      } = await jobOf(record, caller, params.jobId);
      const credential = credentialOf(which, await record.credentialsOf(organisationId, jobId));
      const { login, secretId } = credential;
      const sealed = storedFor(credential, await record.sealedSecret(organisationId, secretId));
      const password = unseal(keyRing, { organisationId, secretId }, sealed);
      // First the trace: without it the password does not leave.
      const actor = caller.userId;
      await record.recordRevealing({
        id: randomUUID(),
        organisationId,
        batchId,
        jobId,
        actor,
        reason,
        which,
      });
      return { job_id: jobId, which, login, password };
    },
  );
}
