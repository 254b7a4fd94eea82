/** Step 1: how the extractions of a restaurant stand. They were triggered when the lead was converted; nothing here starts one. */
import type { ExtractionFacts, ExtractionRecord } from './record';

export type ExtractionState = 'ready' | 'waiting' | 'failed' | 'not_applicable';

export interface ExtractionReport {
  menu: ExtractionState;
  branding: ExtractionState;
  /** The restaurant's menu, if there is one. */
  menuId: string | null;
  /** For people, e.g. "The menu is ready; the brand colours are being extracted." */
  summary: string;
}

export interface ExtractionActivities {
  checkExtractions(input: { restaurantId: string; organisationId: string }): Promise<ExtractionReport>;
}

export function createExtractionActivities(deps: { record: ExtractionRecord }): ExtractionActivities {
  return {
    async checkExtractions(input) {
      return extractionStatus(await deps.record.readExtraction(input));
    },
  };
}

export { createSupabaseExtractionRecord } from './supabase-record';

/** The newest job decides; what is there needs no job. */
export function extractionStatus(facts: ExtractionFacts): ExtractionReport {
  const menu = menuState(facts);
  const branding = brandingState(facts);
  return { menu, branding, menuId: facts.menuId, summary: `${MENU[menu]}; ${BRANDING[branding]}.` };
}

/** What may still come: `none` = there is neither a job nor a page to extract from. */
function progress({ job, hasSource }: ExtractionFacts): 'running' | 'completed' | 'failed' | 'none' {
  if (job === null) return hasSource ? 'running' : 'none';
  if (job.status === 'completed') return 'completed';
  return job.status === 'failed' || job.status === 'cancelled' ? 'failed' : 'running';
}

function menuState(facts: ExtractionFacts): ExtractionState {
  switch (progress(facts)) {
    case 'none':
      return 'not_applicable';
    case 'failed':
      return 'failed';
    case 'completed':
      // Between a job's end and its menu's row there is a moment.
      return facts.menuId === null ? 'waiting' : 'ready';
    case 'running':
      // A source without any job: a menu that is there came another way.
      return facts.job === null && facts.menuId !== null ? 'ready' : 'waiting';
  }
}

function brandingState(facts: ExtractionFacts): ExtractionState {
  if (facts.hasColours) return 'ready';
  switch (progress(facts)) {
    case 'none':
      return 'not_applicable';
    case 'failed':
      return 'failed';
    case 'completed':
      // A menu-only extraction brings no colours; step 5 asks a person for them.
      return facts.job?.type === 'full_menu' ? 'not_applicable' : 'failed';
    case 'running':
      return 'waiting';
  }
}

const MENU: Readonly<Record<ExtractionState, string>> = {
  ready: 'The menu is ready',
  waiting: 'The menu is being extracted',
  failed: 'The extraction of the menu failed',
  not_applicable: 'There is no menu to extract',
};

const BRANDING: Readonly<Record<ExtractionState, string>> = {
  ready: 'the brand colours are ready',
  waiting: 'the brand colours are being extracted',
  failed: 'the extraction of the brand colours failed',
  not_applicable: 'there are no brand colours to extract',
};
