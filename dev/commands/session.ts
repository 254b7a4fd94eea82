import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type Service, type Stack } from '../stack';
import { describe, StackError } from '../stack/errors';
import { lockHolder, publishStack, takeLock } from '../stack/lock';
import { logTail } from '../stack/logs';
import { PROJECT_ROOT } from '../stack/paths';
import { rateLimits } from '../stack/rate-limits';
import type { CommandOptions } from './options';
import { addressTable } from './addresses';

/** Where this clone's stack keeps its data. */
export const DATA_DIR = path.resolve(process.env['STACK_DATA_DIR'] ?? path.join(PROJECT_ROOT, '.dev'));

// The demo and a person at the docs page come from one address; the API's own limits are for many callers.
const GENEROUS_LIMITS = rateLimits(6_000);
const RESTARTS = { most: 3, withinMs: 60_000 };

export interface Session {
  stack: Stack;
  /** Ends the stack and gives the data folder back. */
  close(): Promise<void>;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Starts this clone's stack, prints its addresses and the ready line. `onStack` gets it for a forced end. */
export async function openSession(
  options: CommandOptions,
  signal: AbortSignal,
  onStack: (stack: Stack) => void,
): Promise<Session> {
  if (options.fresh) wipe();
  const unlock = takeLock(DATA_DIR);
  try {
    const databaseUrl = process.env['DATABASE_URL'];
    const stack = await startStack({
      dir: DATA_DIR,
      ports: options.ports,
      speed: options.speed,
      env: GENEROUS_LIMITS,
      log: (line) => say(`  ${line}`),
      signal,
      onUnexpectedEnd: restarter(signal),
      ...(databaseUrl ? { databaseUrl } : {}),
    });
    onStack(stack);
    const { speed, env } = stack;
    publishStack(DATA_DIR, { pid: process.pid, started_at: new Date().toISOString(), speed, env });
    say(addressTable(env, path.join(DATA_DIR, 'logs')));
    say('ready');
    return { stack, close: () => stack.stopAll().finally(unlock) };
  } catch (error) {
    unlock();
    throw error;
  }
}

function wipe(): void {
  const holder = lockHolder(DATA_DIR);
  if (holder !== null) {
    throw new StackError(
      `--fresh: a stack of this clone runs on these data (process ${holder}): end it first`,
    );
  }
  if (process.env['DATABASE_URL'])
    say('--fresh wipes .dev; the database that DATABASE_URL names keeps its data');
  try {
    rmSync(DATA_DIR, { recursive: true, force: true });
  } catch (error) {
    throw new StackError(`--fresh cannot remove ${DATA_DIR}: ${describe(error)}`);
  }
}

/** Brings back a service that ended by itself, so that a killed worker shows what durable means. */
function restarter(signal: AbortSignal): (service: Service, how: string) => void {
  const ends = new Map<string, number[]>();
  return (service, how) => {
    const now = Date.now();
    const recent = [...(ends.get(service.name) ?? []), now].filter((at) => now - at < RESTARTS.withinMs);
    ends.set(service.name, recent);
    if (recent.length > RESTARTS.most) {
      const tail = logTail(service.logFile, 5).map((line) => `\n  | ${line}`);
      say(
        `${service.name} ended (${how}) for the ${recent.length}th time in a minute and stays down; its log: ${service.logFile}${tail.join('')}`,
      );
      return;
    }
    say(`${service.name} ended (${how}); starting it again`);
    void bringBack(service, signal);
  };
}

async function bringBack(service: Service, signal: AbortSignal): Promise<void> {
  await sleep(500);
  if (signal.aborted) return;
  try {
    await service.start();
    say(`${service.name} is up again`);
  } catch (error) {
    say(describe(error));
  }
}
