/** The menu on the platform: dishes, option sets, tags. */
import { backendRecord } from '../../state';
import { TYPICAL_MS } from '../scripts';
import { loggedIn, needsOf } from '../sessions';
import { presetTagsOf } from '../tags';
import { forMenu, row, whole } from './row';

export const menuImport = row({
  path: '/import-menu-direct',
  flag: 'menuUploading',
  body: forMenu,
  prepare: ({ core, restaurant, menu }) =>
    loggedIn(core, restaurant.id, 'menuImport', ({ platform, account }) => {
      const dishes = menu?.dishes.length ?? 0;
      const apply = (): { duplicate: boolean } => {
        // Import appends: a second run doubles the menu.
        const there = platform.menus[0];
        if (there === undefined) platform.menus.push({ name: 'Menu', dishes });
        else there.dishes += dishes;
        backendRecord(core.state(), restaurant.id).onboardingStatus = 'menu_imported';
        return { duplicate: there !== undefined };
      };
      return whole('menuImport', account, apply, { details: `Imported ${dishes} dishes` });
    }),
});

export const optionSets = row({
  path: '/add-option-sets',
  flag: 'optionSetUploading',
  body: forMenu,
  prepare: ({ core, restaurant, menu }) =>
    loggedIn(core, restaurant.id, 'optionSets', ({ platform, account }) => {
      if (platform.menus.length === 0) needsOf(core, restaurant.id).unmet('optionSets');
      const total = platform.menus.length === 0 ? 0 : (menu?.optionSets ?? 0);
      return {
        durationMs: TYPICAL_MS.optionSets * Math.max(1, total),
        account,
        units: total,
        apply: (made) => {
          const duplicate = platform.optionSets > 0;
          platform.optionSets += made;
          return { duplicate };
        },
        success: (made) => ({ summary: { total, created: made, failed: made === 0 ? 0 : total - made } }),
      };
    }),
});

export const itemTags = row({
  path: '/add-item-tags',
  flag: 'itemTagUploading',
  body: forMenu,
  prepare: ({ core, restaurant, menu }) =>
    loggedIn(core, restaurant.id, 'itemTags', ({ platform, account }) => {
      if (platform.menus.length === 0) needsOf(core, restaurant.id).unmet('itemTags');
      const { tags, assigned, mislabelled } = presetTagsOf(
        platform.menus.length === 0 ? [] : (menu?.dishes ?? []),
      );
      return {
        durationMs: TYPICAL_MS.itemTags,
        account,
        units: tags.length,
        apply: (made) => {
          const duplicate = platform.tags.length > 0;
          platform.tags.push(...tags.slice(0, made));
          platform.itemsTagged += assigned;
          core.state().mislabelled.push(...mislabelled.map((dish) => `${restaurant.id} ${dish}`));
          return { duplicate };
        },
        success: (made) => ({
          summary: {
            total: tags.length,
            created: made,
            failed: made === 0 ? 0 : tags.length - made,
            itemsAssigned: made === 0 ? 0 : assigned,
          },
        }),
      };
    }),
});
