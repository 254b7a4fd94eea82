/** The rows that a new job begins with: its six steps and its twelve ledger rows, as the SQL functions take them. */
import { REGISTRATION_STEPS } from './steps';
import { MAX_ATTEMPTS, SUB_STEP_KEYS, SUB_STEPS } from './sub-steps';

const steps = REGISTRATION_STEPS.map(({ number, name, description, type }) => ({
  step_number: number,
  step_name: name,
  step_description: description,
  step_type: type,
}));

const sub_steps = SUB_STEP_KEYS.map((key, index) => ({
  key,
  phase: SUB_STEPS[key].phase,
  position: index + 1,
  max_attempts: MAX_ATTEMPTS,
}));

export const SEEDS = { steps, sub_steps } as const;
