/**
 * The record belongs to one Temporal namespace. Workers that are pointed at another one, or at one that was made anew, see no run of
 * any job: whoever repairs the record by what they see would close them all.
 */
import type { Connection } from '@temporalio/client';
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';

/** `id` is the server's own for it: another server's `default` has another one. */
export interface EngineNamespace {
  id: string;
  name: string;
}

/** For whoever runs the system: in the worker's log, the reconciler's runs and the doctor. */
export const OTHER_ENGINE =
  'The workers are connected to another Temporal namespace than the one whose workflows are in this record: nothing is repaired by what ' +
  'they see. Correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE; if the change was meant, run `npm run doctor -- --accept-namespace`.';

export async function readNamespace(
  { workflowService }: Pick<Connection, 'workflowService'>,
  namespace: string,
): Promise<EngineNamespace> {
  const { namespaceInfo } = await workflowService.describeNamespace({ namespace });
  return { id: namespaceInfo?.id ?? '', name: namespace };
}

const noted = z.object({ namespace_id: z.string(), namespace: z.string() });

/** What `engine_of_record` is asked: notes the namespace where none is noted, or when it is accepted in the other one's place. */
export const engineQuestion = ({ id, name }: EngineNamespace, accept = false) => ({
  p: { namespace_id: id, namespace: name, accept },
});

/** The namespace that the record belongs to, out of the function's answer. */
export const engineAnswer = noted.transform(({ namespace_id: id, namespace: name }): EngineNamespace => ({
  id,
  name,
}));

export const ENGINE_OF_RECORD = 'engine_of_record';

/**
 * Which namespace the record belongs to; from the first time that this is asked it is the given one.
 * @throws Error naming a code alone
 */
export async function engineOfRecord(
  supabase: SupabaseClient,
  here: EngineNamespace,
  accept = false,
): Promise<EngineNamespace> {
  const { data, error, status } = await supabase
    .rpc(ENGINE_OF_RECORD, engineQuestion(here, accept))
    .retry(false);
  if (error) throw new Error(`The record does not tell its namespace (${error.code || `status ${status}`})`);
  return engineAnswer.parse(data);
}

/** The same without noting anything; null: none is noted yet. */
export async function notedEngine(supabase: SupabaseClient): Promise<EngineNamespace | null> {
  const { data, error, status } = await supabase.rpc(ENGINE_OF_RECORD, { p: {} }).retry(false);
  if (error) throw new Error(`The record does not tell its namespace (${error.code || `status ${status}`})`);
  return engineAnswer.nullable().parse(data);
}
