/** Names for what the API answers; the shapes are its document's. */
import type { paths } from './schema';

type Answer<P extends keyof paths, M extends keyof paths[P], S extends number = 200> = paths[P][M] extends {
  responses: Record<S, { content: { 'application/json': infer A } }>;
}
  ? A
  : never;
type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;
type Body<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends {
  requestBody: { content: { 'application/json': infer B } };
}
  ? B
  : never;

type Base = '/api/registration-batches';

export type BatchListAnswer = Answer<Base, 'get'>;
export type BatchListQuery = Query<Base>;
export type Batch = BatchListAnswer['batch_jobs'][number];
/** The event stream leaves the batch's default configuration out. */
export type LiveBatch = Omit<Batch, 'metadata'>;
export type BatchStatus = Batch['status'];
export type NewBatch = Body<Base, 'post'>;
export type CreatedBatch = Answer<Base, 'post', 201>;

export type BatchDetail = Answer<`${Base}/{id}`, 'get'>;
export type Job = BatchDetail['registration_jobs'][number];
export type JobStatus = Job['status'];
export type Step = Job['steps'][number];
export type StepStatus = Step['status'];
export type StepCounts = BatchDetail['step_summary'][number];
export type BatchProgress = Answer<`${Base}/{id}/progress`, 'get'>;

export type JobAnswer = Answer<`${Base}/jobs/{jobId}`, 'get'>;
export type JobDetail = JobAnswer['job'];
export type JobActions = JobAnswer['actions'];
export type Candidates = NonNullable<JobAnswer['candidates']>;
export type Candidate = Candidates['combined_results'][number];
export type SubStep = JobDetail['sub_steps'][number];
export type SubStepStatus = SubStep['status'];
export type JobEvents = Answer<`${Base}/jobs/{jobId}/events`, 'get'>;
export type JobEvent = JobEvents['events'][number];

export type WaitingAnswer = Answer<`${Base}/action-required`, 'get'>;
export type WaitingEntry = WaitingAnswer['waiting'][number];

export type StepAnswer = Answer<`${Base}/{id}/steps/{n}`, 'get'>;
export type SelectionsBody = Body<`${Base}/{id}/steps/3/complete`, 'post'>;
export type ConfigurationsBody = Body<`${Base}/{id}/steps/5/complete`, 'post'>;

export type RestaurantListAnswer = Answer<`${Base}/restaurants`, 'get'>;
export type RestaurantListQuery = Query<`${Base}/restaurants`>;
export type Menu = Answer<`${Base}/restaurants/{restaurantId}/menus`, 'get'>['menus'][number];
export type Restaurant = RestaurantListAnswer['restaurants'][number];
