/**
 * What an operator can do with a job at this moment, for people to see before they try. Read from the record, which may be a moment
 * behind; the workflow judges each command by the same rules and has the last word.
 */
import { enabledSubSteps, type SwitchSettings } from './configuration/enabled';
import { repairRefusal, REPAIRS, type AllFacts, type Repair, type RepairRefusal } from './repair';
import { isTerminalJob, type JobStatus, type StepStatus, type SubStepStatus } from './statuses';
import { RETRYABLE_STEPS } from './steps';
import { SUB_STEP_KEYS, type SubStepKey } from './sub-steps';

export interface ActionState {
  possible: boolean;
  /** Why it is not possible; of a possible one, what it must be told: null, or EFFECT_EXISTS of a reset that needs a person's word. */
  code: RepairRefusal['code'] | null;
  sentence: string | null;
}

export interface JobFacts {
  status: JobStatus;
  steps: readonly { step_number: number; status: StepStatus }[];
  sub_steps: readonly {
    key: SubStepKey;
    status: SubStepStatus;
    attempt: number;
    error_type: string | null;
  }[];
  /** The stored configuration; null before step 5. */
  configuration: SwitchSettings | null;
}

export interface JobActions {
  job: Record<'retry' | 'give_up' | 'cancel' | 'edit_configuration', ActionState>;
  /** Null before step 6. */
  sub_steps: Record<SubStepKey, Record<Repair, ActionState>> | null;
}

const POSSIBLE: ActionState = { possible: true, code: null, sentence: null };

const when = (possible: boolean, code: RepairRefusal['code'], sentence: string): ActionState =>
  possible ? POSSIBLE : { possible, code, sentence };

export function jobActions(job: JobFacts): JobActions {
  const { status, steps, configuration } = job;
  const isLive = !isTerminalJob(status);
  const closed = `The job is ${status}.`;
  const hasFailed = steps.some(
    (step) => step.status === 'failed' && RETRYABLE_STEPS.some((number) => number === step.step_number),
  );
  const step6 = steps.find(({ step_number }) => step_number === 6)?.status;
  return {
    job: {
      retry: when(
        isLive && hasFailed,
        'STEP_NOT_ACTION_REQUIRED',
        isLive ? 'No step of this job has failed.' : closed,
      ),
      give_up: when(
        status === 'action_required',
        'INVALID_STATUS',
        isLive ? 'Only a job that waits for a person can be given up.' : closed,
      ),
      cancel: when(isLive, 'INVALID_STATUS', closed),
      edit_configuration: editState(configuration !== null, step6, isLive ? null : closed),
    },
    sub_steps:
      configuration === null || step6 === undefined || step6 === 'pending'
        ? null
        : subStepActions(job, configuration, isLive ? null : closed),
  };
}

function editState(isConfigured: boolean, step6: StepStatus | undefined, closed: string | null): ActionState {
  if (closed !== null) return when(false, 'INVALID_STATUS', closed);
  if (!isConfigured)
    return when(false, 'STEP_NOT_ACTION_REQUIRED', 'The account settings were not confirmed yet.');
  const isWorking = step6 === 'in_progress' || step6 === 'retrying';
  return when(!isWorking, 'INVALID_STATUS', 'Sub-steps are running. Wait until they have come to rest.');
}

function subStepActions(
  job: JobFacts,
  configuration: SwitchSettings,
  closed: string | null,
): NonNullable<JobActions['sub_steps']> {
  const facts = factsOf(job, configuration);
  const state = (repair: Repair, key: SubStepKey): ActionState =>
    closed === null
      ? repairState(repair, key, facts)
      : { possible: false, code: 'INVALID_STATUS', sentence: closed };
  const ofKey = (key: SubStepKey): Record<Repair, ActionState> =>
    Object.fromEntries(REPAIRS.map((repair) => [repair, state(repair, key)])) as Record<Repair, ActionState>;
  return Object.fromEntries(SUB_STEP_KEYS.map((key) => [key, ofKey(key)])) as NonNullable<
    JobActions['sub_steps']
  >;
}

function factsOf({ sub_steps }: JobFacts, configuration: SwitchSettings): AllFacts {
  const switches = enabledSubSteps(configuration);
  const rows = new Map(sub_steps.map((row) => [row.key, row]));
  return Object.fromEntries(
    SUB_STEP_KEYS.map((key) => {
      const { status = 'pending', attempt = 0, error_type = null } = rows.get(key) ?? {};
      const running = status === 'in_progress' || status === 'retrying';
      return [key, { status, attempt, errorType: error_type, running, switchedOff: !switches[key].enabled }];
    }),
  ) as AllFacts;
}

/** A reset that is refused for what may exist is possible for one who states that it was removed. */
function repairState(repair: Repair, key: SubStepKey, facts: AllFacts): ActionState {
  const refusal = repairRefusal(repair, key, facts);
  const possible =
    refusal === null ||
    (refusal.code === 'EFFECT_EXISTS' &&
      repairRefusal(repair, key, facts, { cascade: true, effectRemoved: true }) === null);
  return { possible, code: refusal?.code ?? null, sentence: refusal?.sentence ?? null };
}
