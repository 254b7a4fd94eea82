/**
 * The guard before item tags are added: the backend maps "contains nuts" to "Nut Free". The menu may have changed since the configuration
 * was confirmed, so it is read once more just before the call.
 */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { dishesThatContain } from '../../domain/allergens';
import { activityFailure } from '../failure';
import { readResult } from '../supabase-result';

const dishRows = z.array(z.object({ name: z.string().nullable(), tags: z.unknown() }));
const PAGE = 1_000;
const NAMED = 5;

/** @throws ApplicationFailure `AllergenTag`, with the dishes as its reason */
export async function assertNoAllergenTags(
  supabase: SupabaseClient,
  menu: { organisationId: string; menuId: string | null },
): Promise<void> {
  const { organisationId, menuId } = menu;
  if (menuId === null) return;
  for (let offset = 0; ; offset += PAGE) {
    const page = readResult(
      dishRows,
      await supabase
        .from('menu_items')
        .select('name, tags')
        .eq('organisation_id', organisationId)
        .eq('menu_id', menuId)
        .order('id')
        .range(offset, offset + PAGE - 1),
    );
    const named = dishesThatContain(page);
    if (named.length > 0) {
      const more = named.length > NAMED ? `, and ${named.length - NAMED} more` : '';
      throw activityFailure('AllergenTag', { details: [0, `${named.slice(0, NAMED).join(', ')}${more}`] });
    }
    if (page.length < PAGE) return;
  }
}
