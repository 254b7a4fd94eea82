/** Images of a menu: up to ten at once, more in the background, and the retry of those that failed. */
import { answer, type Answer } from '../answers';
import type { MenuFacts } from '../catalogue';
import { pathParam, type Call, type Core } from '../core';
import { paramsOf } from '../faults';
import { hex, spread } from '../random';
import type { UploadBatch, WorldState } from '../state';
import { runScript, scriptFailed, TYPICAL_MS } from './scripts';

const SYNCHRONOUS_UP_TO = 10;
/** How long the answer of an asynchronous upload takes, unscaled. */
const ACCEPT_MS = 2_500;

/** One id for each picture; the same picture on two dishes is uploaded twice. */
const imagesOf = (menu: MenuFacts): string[] =>
  menu.dishes.flatMap((dish, at) => (dish.image === null ? [] : [`${at}:${dish.image}`]));

const uploadedOf = (state: WorldState, menuId: string): string[] => state.uploadedImages[menuId] ?? [];

const pendingOf = (state: WorldState, menu: MenuFacts): string[] => {
  const uploaded = new Set(uploadedOf(state, menu.id));
  return imagesOf(menu).filter((image) => !uploaded.has(image));
};

/** The batch is over: what worked is there, and the effect counts now. */
function finishBatch(core: Core, batch: UploadBatch): void {
  const state = core.state();
  const good = batch.images.slice(0, batch.images.length - batch.toFail);
  batch.failed = batch.images.slice(good.length);
  batch.status = good.length === 0 ? 'failed' : 'completed';
  state.uploadedImages[batch.menuId] = [...uploadedOf(state, batch.menuId), ...good];
  state.failedImages[batch.menuId] = batch.failed;
  if (good.length > 0) core.effects.happened({ restaurantId: batch.restaurantId }, 'uploadImages', false);
  core.persistence.touch();
}

async function waitForBatch(core: Core, batch: UploadBatch): Promise<void> {
  const { endsAt } = batch;
  if (endsAt === null) return core.clock.until(() => undefined);
  const { timeScale } = core.state().settings;
  await core.clock.sleep(Math.max(0, endsAt - core.clock.now()) / timeScale);
  finishBatch(core, batch);
}

/** Takes up the uploads that ran when the simulator ended. */
export function resumeUploads(core: Core): void {
  const running = Object.values(core.state().uploadBatches).filter((batch) => batch.status === 'processing');
  running.forEach((batch) => core.later(() => waitForBatch(core, batch)));
}

function toFail(call: Call, total: number): number {
  if (paramsOf(call.faults, 'batch_fails') !== undefined) return total;
  return Math.min(total, paramsOf(call.faults, 'batch_partial')?.failed ?? 0);
}

function openBatch(
  core: Core,
  call: Call,
  of: { restaurantId: string; menuId: string; images: string[] },
): UploadBatch {
  const state = core.state();
  const number = Object.keys(state.uploadBatches).length + 1;
  const id = `batch-${hex(12, core.seed, 'batch', of.menuId, number)}`;
  const lasts = TYPICAL_MS.uploadImages * of.images.length * spread(core.seed, id) * state.settings.timeScale;
  const stalls = paramsOf(call.faults, 'batch_stalls') !== undefined;
  const now = core.clock.now();
  const batch: UploadBatch = {
    ...of,
    id,
    failed: [],
    toFail: toFail(call, of.images.length),
    status: 'processing',
    startedAt: now,
    endsAt: stalls ? null : now + lasts,
  };
  state.uploadBatches[id] = batch;
  return batch;
}

function uploadAtOnce(core: Core, call: Call, menu: MenuFacts, images: string[]): Promise<Answer> {
  const { restaurantId } = menu;
  const failing = toFail(call, images.length);
  const batchId = `batch-${hex(12, core.seed, 'batch', menu.id, Object.keys(core.state().uploadBatches).length + 1)}`;
  const record = (made: number): string[] => {
    const state = core.state();
    const good = images.slice(0, Math.max(0, made - failing));
    const failed = images.slice(good.length);
    const status = good.length === 0 ? 'failed' : 'completed';
    const at = core.clock.now();
    const rest = { images, failed, toFail: failed.length, status, startedAt: at, endsAt: at } as const;
    state.uploadBatches[batchId] = { id: batchId, restaurantId, menuId: menu.id, ...rest };
    state.uploadedImages[menu.id] = [...uploadedOf(state, menu.id), ...good];
    state.failedImages[menu.id] = failed;
    return good;
  };
  return runScript(
    { core, call, subStep: 'uploadImages', restaurantId },
    {
      durationMs: TYPICAL_MS.uploadImages * images.length,
      account: null,
      units: images.length,
      apply: (made) => ({ duplicate: false, nothing: record(made).length === 0 }),
      success: (made) => {
        const successful = Math.max(0, made - failing);
        const stats = { totalImages: images.length, successful, failed: images.length - successful };
        return { mode: 'synchronous', batchId, stats };
      },
    },
  );
}

function uploadInBackground(core: Core, call: Call, menu: MenuFacts, images: string[]): Promise<Answer> {
  let batch: UploadBatch | undefined;
  return runScript(
    { core, call, subStep: 'uploadImages', restaurantId: menu.restaurantId },
    {
      durationMs: ACCEPT_MS,
      account: null,
      units: images.length,
      apply: () => {
        batch = openBatch(core, call, { restaurantId: menu.restaurantId, menuId: menu.id, images });
        return { duplicate: false, background: waitForBatch(core, batch) };
      },
      success: () => ({
        mode: 'asynchronous',
        batchId: batch?.id ?? `batch-${hex(12, core.seed, 'lost', menu.id)}`,
        totalImages: images.length,
        progressUrl: `/api/upload-batches/${batch?.id ?? ''}`,
      }),
    },
  );
}

/** POST /api/menus/{menuId}/upload-images */
export async function uploadImages(core: Core, call: Call): Promise<Answer> {
  const menu = await core.catalogue.menu(pathParam(call.req, 'menuId'));
  if (menu === null || menu.organisationId !== call.req.get('x-organisation-id'))
    return scriptFailed(404, 'Menu not found');
  const images = pendingOf(core.state(), menu);
  const totalImages = imagesOf(menu).length;
  if (images.length > SYNCHRONOUS_UP_TO) return uploadInBackground(core, call, menu, images);
  if (images.length > 0) return uploadAtOnce(core, call, menu, images);
  const nothing = { totalImages, alreadyUploaded: totalImages };
  const script = { durationMs: ACCEPT_MS, account: null, units: 0, apply: () => ({ duplicate: false }) };
  const run = { core, call, subStep: 'uploadImages', restaurantId: menu.restaurantId } as const;
  return runScript(run, { ...script, success: () => ({ stats: nothing }) });
}

/** GET /api/upload-batches/{id} */
export function readBatch(core: Core, call: Call): Answer {
  const batch = core.state().uploadBatches[pathParam(call.req, 'batchId')];
  if (batch === undefined) return scriptFailed(404, 'Upload batch not found');
  const { id, status, images, failed, startedAt, endsAt } = batch;
  const share =
    endsAt === null || endsAt <= startedAt
      ? 0
      : Math.min(1, (core.clock.now() - startedAt) / (endsAt - startedAt));
  const uploaded =
    status === 'processing' ? Math.floor(images.length * share) : images.length - failed.length;
  return answer(200, {
    success: true,
    batch: { id, status, progress: { total: images.length, uploaded, failed: failed.length } },
  });
}

/** POST /api/upload-batches/{id}/retry: the failed images again. */
export function retryBatch(core: Core, call: Call): Answer {
  const batch = core.state().uploadBatches[pathParam(call.req, 'batchId')];
  if (batch === undefined) return scriptFailed(404, 'Upload batch not found');
  if (batch.status === 'processing') return scriptFailed(400, 'Upload batch is still processing');
  const { menuId, restaurantId } = batch;
  if (batch.failed.length === 0) return answer(200, { success: true, batchId: batch.id, retried: 0 });
  const next = openBatch(core, call, { menuId, restaurantId, images: batch.failed });
  // The retry goes on under the id of the first batch.
  const { id } = batch;
  delete core.state().uploadBatches[next.id];
  Object.assign(batch, next, { id });
  core.later(() => waitForBatch(core, batch));
  return answer(200, { success: true, batchId: id, retried: next.images.length });
}

/** GET /api/menus/{menuId}/cdn-stats */
export async function cdnStats(core: Core, call: Call): Promise<Answer> {
  const menu = await core.catalogue.menu(pathParam(call.req, 'menuId'));
  if (menu === null) return scriptFailed(404, 'Menu not found');
  const state = core.state();
  const totalImages = imagesOf(menu).length;
  const pending = pendingOf(state, menu);
  const failed = (state.failedImages[menu.id] ?? []).filter((image) => pending.includes(image)).length;
  return answer(200, {
    success: true,
    stats: {
      totalImages,
      uploadedImages: totalImages - pending.length,
      failedUploads: failed,
      pendingUploads: pending.length - failed,
    },
  });
}
