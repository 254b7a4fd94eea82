import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SupabaseClient } from '@supabase/supabase-js';
import { createSupabase } from '../../domain/supabase';
import { startStack, type Stack, type StackOptions } from '../../dev/stack';
import { ALL_WORK, rateLimits } from '../../dev/stack/rate-limits';

/** A stack of one test file, on free ports with data of its own in the temporary folder. */
export interface TestStack extends Stack {
  /** supabase-js with the service key, through the proxy, as the worker and the API have it. */
  readonly supabase: SupabaseClient;
}

/** For the settings of a stack: a test asks more often than the API allows to a caller. */
export const NO_RATE_LIMITS: Readonly<Record<string, string>> = rateLimits(100_000, ALL_WORK);

export type TestStackOptions = Omit<StackOptions, 'dir' | 'syncToDisk'>;

/** A folder that PostgreSQL's own user may pass when the tests run as root. */
export function makeStackFolder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'registration-stack-'));
  chmodSync(dir, 0o711);
  return dir;
}

/**
 * Starts a stack (see StackOptions; `apps: {}` starts worker, API and simulator too, from dist, so build first).
 * `stopAll` also removes its data: call it in `afterAll`. Allow 60 s in `beforeAll`.
 */
export async function startTestStack(options: TestStackOptions = {}): Promise<TestStack> {
  const dir = makeStackFolder();
  try {
    const stack = await startStack({ ...options, dir, syncToDisk: false });
    const stop = stack.stopAll.bind(stack);
    const stopAll = async (): Promise<void> => {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    };
    return Object.assign(stack, { supabase: supabaseOf(stack.env), stopAll });
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

/** supabase-js for the settings of a stack, with the service key unless another one is given. */
export function supabaseOf(
  env: Record<string, string>,
  key = env['SUPABASE_SERVICE_ROLE_KEY'],
): SupabaseClient {
  const url = env['SUPABASE_URL'];
  if (!url || !key) throw new Error('The settings name no Supabase address or key');
  return createSupabase(url, key);
}

/**
 * Asks until it is true; throws when it is not within the time. For outside states that announce nothing. It asks less often the longer it
 * takes: what is asked works for us, and gets less done.
 */
export async function eventually(check: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (let pause = 20; !(await check()); pause = Math.min(300, pause * 1.3)) {
    if (Date.now() > deadline) throw new Error(`Not so within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
