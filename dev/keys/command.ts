/** What `npm run keys:rotate` does and says. Counts and ids of keys are printed, never a value. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseKeyRing } from '../../domain/sealing';
import { readSettings, settingTypes } from '../../domain/settings';
import { createSupabase } from '../../domain/supabase';
import type { ToolIo } from '../tool/run-tool';
import { rotate, type Rotation } from './rotate';
import { createSecretStore } from './store';

const settingsSchema = z.object({
  SUPABASE_URL: settingTypes.url,
  SUPABASE_SERVICE_ROLE_KEY: settingTypes.secret,
  SEAL_KEYS: settingTypes.secret,
});

const CALL_TIMEOUT_MS = 30_000;

const HELP = `npm run keys:rotate [-- --dry-run]

Seals every stored password anew under the first key of SEAL_KEYS, while everything runs.

  1. Put the new key at the end of SEAL_KEYS (id:base64 of 32 random bytes) in every API and worker, and restart them:
     now all of them can open what it seals.
  2. Put it in front, everywhere, and restart: from now on it seals.
  3. Run this with the same SEAL_KEYS, and SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY. It may be ended and run again.
  4. When it says that no secret is left under another key, take the old key out of SEAL_KEYS.

  --dry-run   open everything, change nothing
  --help      this text

Exit code: 0 nothing is left under another key (with --dry-run: everything opens), 1 otherwise.`;

/** @returns the exit code. @throws SettingsError, SealingError, SecretStoreError */
export async function keysRotate(
  args: string[],
  { env, print }: Pick<ToolIo, 'env' | 'print'>,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { 'dry-run': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    print(HELP);
    return 0;
  }
  const settings = readSettings(settingsSchema, env);
  const ring = parseKeyRing(settings.SEAL_KEYS);
  const supabase = createSupabase(settings.SUPABASE_URL, settings.SUPABASE_SERVICE_ROLE_KEY, {
    timeoutMs: CALL_TIMEOUT_MS,
  });
  const dryRun = values['dry-run'];
  const rotation = await rotate(ring, createSecretStore(supabase), { dryRun });
  for (const line of told(rotation, ring.sealingKeyId, dryRun)) print(line);
  return rotation.refused.length === 0 && (dryRun || rotation.left === 0) ? 0 : 1;
}

function told(
  { resealed, changedMeanwhile, refused, left }: Rotation,
  keyId: string,
  dryRun: boolean,
): string[] {
  return [
    `${dryRun ? 'Could be sealed' : 'Sealed'} anew under "${keyId}": ${resealed}`,
    ...(changedMeanwhile > 0 ? [`Changed or removed by others meanwhile: ${changedMeanwhile}`] : []),
    ...refused.map((one) => `Not opened, sealed under "${one.keyId}" (${one.code}): ${one.count}`),
    left === 0
      ? 'Left under another key: 0. Old keys may leave SEAL_KEYS.'
      : `Left under another key: ${left}`,
  ];
}
