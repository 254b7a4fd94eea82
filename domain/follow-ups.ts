/** What follows for the steps from what an activity found: told to the record by the activity, and taken by the run when it hears. */
import type { StepChange } from './step-changes';

const OFFERED =
  'Choose the company among those found, or search again, enter it by hand, or say that none matches.';
const NOTHING_FOUND =
  'No company was found: search again with other words, enter it by hand, or say that none matches.';
export const CONFIRM_SETTINGS = 'Confirm the account settings.';

interface Extraction {
  menu: string;
  branding: string;
  menuId: string | null;
  summary: string;
}

/** Null: step 1 is not through. */
export function afterExtraction({ menu, branding, menuId, summary }: Extraction): StepChange[] | null {
  const states = [menu, branding];
  if (states.includes('failed') || states.includes('waiting')) return null;
  const ended: StepChange = states.every((state) => state === 'not_applicable')
    ? { kind: 'skip', step: 1, reason: summary }
    : { kind: 'complete', step: 1, result: { menu, branding, menu_id: menuId } };
  return [ended, { kind: 'begin', step: 2 }];
}

export function afterSearch({ count, partial }: { count: number; partial: string | null }): StepChange[] {
  return [
    { kind: 'complete', step: 2, result: { count, partial } },
    { kind: 'ask', step: 3, reason: count > 0 ? OFFERED : NOTHING_FOUND },
  ];
}

export function afterDetails({
  nzbn,
  companyNumber,
}: {
  nzbn: string;
  companyNumber: string | null;
}): StepChange[] {
  return [
    { kind: 'complete', step: 4, result: { nzbn, company_number: companyNumber } },
    { kind: 'ask', step: 5, reason: CONFIRM_SETTINGS },
  ];
}
