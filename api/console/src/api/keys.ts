/** The names under which answers are kept, so that whoever changes something can say what is no longer true. */
export const keys = {
  batches: ['batches'] as const,
  batchList: (query: object) => ['batches', 'list', query] as const,
  batch: (id: string) => ['batches', id] as const,
  step: (id: string, step: number) => ['batches', id, 'step', step] as const,
  job: (id: string) => ['jobs', id] as const,
  jobEvents: (id: string) => ['jobs', id, 'events'] as const,
  waiting: ['waiting'] as const,
  restaurants: (query: object) => ['restaurants', query] as const,
  menus: (restaurantId: string) => ['menus', restaurantId] as const,
};

/** What a change of a job makes untrue: all that is kept of it, its history too, and what waits. */
export const keysOfChange = (jobId: string) => [keys.job(jobId), keys.waiting];
