/** Rows 4, 9, 11 and 12: the menu, its images, option sets and tags. */
import { z } from 'zod';
import { routed } from '../../../../domain/telemetry/outside-calls';
import type { SubStepCall } from '../request-types';
import { countField, defineRow, fails, fromCounts, idText, registrationPath, type BuiltRequest } from './row';
import { LOGIN_FAILURES } from './restaurant';

const menuNotReady: BuiltRequest = { missing: 'MenuNotReady', detail: 'menuId' };

const stats = z.object({
  totalImages: countField,
  successful: countField.optional(),
  failed: countField.optional(),
  alreadyUploaded: countField.optional(),
});

/** Answers of an image upload: at once, in the background, or nothing to do. A bare batch id runs in the background too. */
const uploadAnswer = z.union([
  z.object({
    mode: z.literal('synchronous'),
    batchId: idText.nullish(),
    stats: stats.required({ successful: true, failed: true }),
  }),
  z.object({ mode: z.literal('asynchronous').optional(), batchId: idText }),
  z.object({ mode: z.undefined().optional(), batchId: z.null().optional(), stats }),
]);

export const uploadImages = defineRow({
  feature: null,
  request: ({ menuId }) =>
    menuId === null ? menuNotReady : { path: routed`/api/menus/${menuId}/upload-images`, body: {} },
  success: uploadAnswer,
  interpret(answer) {
    if (!('stats' in answer)) return { state: 'running', batchId: answer.batchId };
    const { totalImages, successful, failed, alreadyUploaded } = answer.stats;
    const counts = { total: totalImages, done: successful ?? alreadyUploaded ?? 0, failed: failed ?? 0 };
    const incomplete = counts.failed > 0 || counts.done < counts.total;
    // Images that failed are sent once more by their batch, as those of a batch in the background are.
    if (incomplete && answer.batchId) return { state: 'running', batchId: answer.batchId };
    return fromCounts(counts, { totalImages, uploaded: counts.done });
  },
  known: [{ text: /not configured/, is: fails('NotConfigured') }],
  answersWithBatch: true,
});

export const menuImport = defineRow({
  feature: 'menuUploading',
  request: withMenu('/import-menu-direct'),
  // The text tells how it went, for people at the backend; it is a whole log and is not kept.
  success: z.object({ details: z.string().transform(() => true) }),
  interpret: () => ({ state: 'succeeded', output: {} }),
  known: [
    { text: /with warnings/, is: { state: 'unclear', failure: 'PartialResult', scriptEnded: true } },
    ...LOGIN_FAILURES,
  ],
});

const summary = z.object({ total: countField, created: countField, failed: countField });

export const optionSets = defineRow({
  feature: 'optionSetUploading',
  request: withMenu('/add-option-sets'),
  success: z.object({ summary }),
  interpret: ({ summary: { total, created, failed } }) =>
    fromCounts({ total, done: created, failed }, { optionSets: created }),
  known: LOGIN_FAILURES,
});

export const itemTags = defineRow({
  feature: 'itemTagUploading',
  request: withMenu('/add-item-tags'),
  success: z.object({ summary: summary.extend({ itemsAssigned: countField.nullish() }) }),
  interpret: ({ summary: { total, created, failed, itemsAssigned } }) =>
    fromCounts({ total, done: created, failed }, { tags: created, itemsAssigned: itemsAssigned ?? null }),
  known: LOGIN_FAILURES,
});

function withMenu(path: string) {
  return ({ restaurantId, menuId }: SubStepCall): BuiltRequest =>
    menuId === null ? menuNotReady : { path: registrationPath(path), body: { restaurantId, menuId } };
}
