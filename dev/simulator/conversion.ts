/**
 * Lead conversion: what a seeded restaurant leaves in the platform's database, and the extraction that was asked for then.
 * Every write is an upsert by a fixed id, so that seeding twice is seeding once.
 */
import { createHmac } from 'node:crypto';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { Core } from './core';
import { uuid } from './random';
import type { SeedRestaurant } from './world';

export const EXTRACTION_JOB_TYPE = 'full_menu';
const WEBHOOK_TIMEOUT_MS = 5_000;
/** Real milliseconds. */
const WRITE_AGAIN_MS = 1_000;

export interface ConversionTargets {
  /** The platform's database; null = the world is in memory alone. */
  client: SupabaseClient | null;
  webhook: { url: string; secret: string } | null;
}

type Row = Record<string, unknown>;

/** Thrown when the platform's database refuses a row; the message names the table. */
export class ConversionFailed extends Error {
  constructor(table: string, reason: string) {
    super(`The platform's table ${table} did not take the seed: ${reason}`);
    this.name = 'ConversionFailed';
  }
}

async function upsert({ client }: ConversionTargets, table: string, rows: Row[]): Promise<void> {
  if (client === null || rows.length === 0) return;
  const { error } = await client.from(table).upsert(rows, { onConflict: 'id' });
  if (error !== null) throw new ConversionFailed(table, error.message);
}

const restaurantRow = (restaurant: SeedRestaurant): Row => ({
  id: restaurant.id,
  organisation_id: restaurant.organisation_id,
  name: restaurant.name,
  address: restaurant.address,
  city: restaurant.city,
  phone: restaurant.phone,
  email: restaurant.email ?? null,
  website_url: restaurant.website_url ?? null,
  ubereats_url: restaurant.ubereats_url ?? null,
  opening_hours: restaurant.opening_hours,
  cuisine: restaurant.cuisine ?? [],
});

const colours = ({ id, primary_color, secondary_color }: SeedRestaurant): Row => ({
  id,
  primary_color: primary_color ?? null,
  secondary_color: secondary_color ?? null,
});

function jobRow(core: Core, restaurant: SeedRestaurant, status: 'in_progress' | 'completed' | 'failed'): Row {
  const now = core.clock.iso();
  return {
    id: uuid(core.seed, 'extraction', restaurant.id),
    organisation_id: restaurant.organisation_id,
    restaurant_id: restaurant.id,
    job_type: EXTRACTION_JOB_TYPE,
    status,
    url: restaurant.ubereats_url ?? restaurant.website_url ?? null,
    error: status === 'failed' ? 'The menu page could not be read' : null,
    ...(status === 'in_progress' ? {} : { completed_at: now }),
  };
}

/** What the extraction brings: menus with their dishes, and the colours. */
async function writeExtracted(core: Core, to: ConversionTargets, restaurant: SeedRestaurant): Promise<void> {
  const { organisation_id, id: restaurant_id, menus } = restaurant;
  const menuRows = menus.map(({ id }, at) => ({
    id,
    organisation_id,
    restaurant_id,
    version: at + 1,
    is_active: at === menus.length - 1,
  }));
  const dishRows = menus.flatMap((menu) =>
    menu.dishes.map((dish, at) => ({
      id: uuid(core.seed, 'dish', menu.id, at),
      organisation_id,
      menu_id: menu.id,
      category: dish.category,
      name: dish.name,
      price: dish.price,
      description: dish.description ?? null,
      tags: dish.tags,
      dish_type: 'standard',
      image_url: dish.image ?? null,
    })),
  );
  await upsert(to, 'menus', menuRows);
  await upsert(to, 'menu_items', dishRows);
  if (to.client === null) return;
  const { id, ...values } = colours(restaurant);
  const { error } = await to.client.from('restaurants').update(values).eq('id', id);
  if (error !== null) throw new ConversionFailed('restaurants', error.message);
}

/** The headers that prove that an announcement is ours: HMAC-SHA256 over timestamp, point, raw body. */
function signedHeaders(secret: string, timestamp: number, body: string): Record<string, string> {
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    'Content-Type': 'application/json',
    'X-Webhook-Timestamp': String(timestamp),
    'X-Webhook-Signature': `sha256=${signature}`,
  };
}

/** Tells the product once. If it does not listen, it finds out by polling. */
async function announce(
  core: Core,
  to: ConversionTargets,
  restaurantId: string,
  status: 'completed' | 'failed',
): Promise<void> {
  if (to.webhook === null) return;
  const payload = { restaurant_id: restaurantId, job_type: EXTRACTION_JOB_TYPE, status };
  const body = JSON.stringify(payload);
  const headers = signedHeaders(to.webhook.secret, Math.floor(core.clock.now() / 1000), body);
  const state = core.state();
  state.counters.request += 1;
  const entry = core.ledger.open({
    seq: state.counters.request,
    facts: { system: 'webhook', route: 'extraction', restaurantId },
    method: 'POST',
    path: new URL(to.webhook.url).pathname,
    headers,
    body: payload,
  });
  const began = performance.now();
  const signal = AbortSignal.timeout(WEBHOOK_TIMEOUT_MS);
  const answered = await fetch(to.webhook.url, { method: 'POST', headers, body, signal }).then(
    (response) => response.status,
    () => null,
  );
  Object.assign(entry, {
    status: answered,
    end: answered === null ? 'reset' : 'answered',
    durationMs: Math.round(performance.now() - began),
  });
}

/** The extraction is done: rows first, then the news. */
export async function completeExtraction(
  core: Core,
  to: ConversionTargets,
  restaurantId: string,
): Promise<void> {
  const state = core.state();
  const restaurant = state.restaurants[restaurantId];
  if (restaurant === undefined || state.extracted.includes(restaurantId)) return;
  await writeExtracted(core, to, restaurant);
  await upsert(to, 'extraction_jobs', [jobRow(core, restaurant, 'completed')]);
  state.pendingExtractions = state.pendingExtractions.filter(
    (pending) => pending.restaurantId !== restaurantId,
  );
  state.extracted.push(restaurantId);
  core.persistence.touch();
  await announce(core, to, restaurantId, 'completed');
}

function armExtraction(core: Core, to: ConversionTargets, restaurantId: string, dueAt: number): void {
  core.later(async () => {
    const { timeScale } = core.state().settings;
    await core.clock.sleep(Math.max(0, dueAt - core.clock.now()) / timeScale);
    while (!(await couldComplete(core, to, restaurantId))) await core.clock.sleep(WRITE_AGAIN_MS / timeScale);
  });
}

/** False when the platform's database is away: the extraction is done, and is written once it is back. */
async function couldComplete(core: Core, to: ConversionTargets, restaurantId: string): Promise<boolean> {
  try {
    await completeExtraction(core, to, restaurantId);
    return true;
  } catch (error) {
    if (!(error instanceof ConversionFailed)) throw error;
    return false;
  }
}

/** Takes up the extractions that ran when the simulator ended. */
export function resumeExtractions(core: Core, to: ConversionTargets): void {
  core
    .state()
    .pendingExtractions.forEach(({ restaurantId, dueAt }) => armExtraction(core, to, restaurantId, dueAt));
}

/** Puts one restaurant on the platform, with its extraction in the state that the seed says. */
export async function convertLead(
  core: Core,
  to: ConversionTargets,
  restaurant: SeedRestaurant,
): Promise<void> {
  const state = core.state();
  const known = Object.hasOwn(state.restaurants, restaurant.id);
  const { state: extraction, late_seconds } = restaurant.extraction;
  state.restaurants[restaurant.id] = restaurant;
  await upsert(to, 'restaurants', [restaurantRow(restaurant)]);
  switch (extraction) {
    case 'none':
      return writeExtracted(core, to, restaurant);
    case 'failed':
      return upsert(to, 'extraction_jobs', [jobRow(core, restaurant, 'failed')]);
    case 'completed':
      await writeExtracted(core, to, restaurant);
      await upsert(to, 'extraction_jobs', [jobRow(core, restaurant, 'completed')]);
      if (!state.extracted.includes(restaurant.id)) state.extracted.push(restaurant.id);
      return;
    case 'late': {
      // Seeded before: its extraction runs already, or is done.
      if (known) return;
      await upsert(to, 'extraction_jobs', [jobRow(core, restaurant, 'in_progress')]);
      const dueAt = core.clock.now() + late_seconds * 1_000 * state.settings.timeScale;
      state.pendingExtractions.push({ restaurantId: restaurant.id, dueAt });
      armExtraction(core, to, restaurant.id, dueAt);
    }
  }
}
