import { accessSync, constants, mkdirSync } from 'node:fs';
import path from 'node:path';
import { assertBuilt } from './apps';
import { EmbeddedStack, wantedApps } from './embedded';
import { stackEnvironment } from './environment';
import { StackError, describe } from './errors';
import { Guard } from './guard';
import { assertPortsFree, freePorts, type PortName } from './ports';
import { superuserUrl } from './postgres';
import { loadSecrets, projectKey } from './secrets';
import type { Stack, StackOptions } from './stack';

export { APPS, type AppName } from './apps';
export type { Service, ServiceName, Stack, StackOptions } from './stack';

/**
 * Starts the embedded stack and resolves when every part of it is ready. When one part fails, what runs is ended and
 * the error (a StackError when a person can put it right) is thrown.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  prepareFolder(options.dir);
  const ports = { ...(await freePorts()), ...options.ports };
  await assertPortsFree(ports, portsToOpen(options));
  assertBuilt(wantedApps(options));
  const secrets = loadSecrets(options.dir);
  const serviceRole = await projectKey(secrets.jwtSecret, 'service_role');
  const keys = { anon: await projectKey(secrets.jwtSecret, 'anon'), serviceRole };
  const url = options.databaseUrl ?? superuserUrl(ports.postgres, secrets.postgresPassword);
  const speed = options.speed ?? 1;
  const own = stackEnvironment({ dir: options.dir, ports, secrets, keys, databaseUrl: url, speed });
  const stack = new EmbeddedStack(
    options,
    ports,
    speed,
    secrets,
    { ...own, ...options.env },
    await Guard.start(),
  );
  const abort = (): void => void stack.stopAll();
  options.signal?.addEventListener('abort', abort);
  try {
    options.signal?.throwIfAborted();
    await stack.startEverything(url);
    return stack;
  } catch (error) {
    await stack.stopAll();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

function portsToOpen(options: StackOptions): PortName[] {
  const names: PortName[] = ['supabase', 'postgrest', 'temporal', 'temporalUi'];
  if (!options.databaseUrl) names.push('postgres');
  return names.concat(wantedApps(options));
}

function prepareFolder(dir: string): void {
  try {
    // Others may pass (PostgreSQL runs as a user of its own when we are root), not look: files in it are 0600.
    mkdirSync(path.join(dir, 'logs'), { recursive: true, mode: 0o711 });
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StackError(
      `The data folder ${dir} cannot be used (${describe(error)}): make it yours, or remove it`,
    );
  }
}
