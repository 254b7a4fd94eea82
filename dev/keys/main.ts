import { SealingError } from '../../domain/sealing';
import { SettingsError } from '../../domain/settings';
import { keysRotate } from './command';
import { SecretStoreError } from './store';

// What `npm run keys:rotate` runs; its exit codes are told by --help.

keysRotate(process.argv.slice(2), {
  env: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
}).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const isOurs =
      error instanceof SettingsError || error instanceof SealingError || error instanceof SecretStoreError;
    process.stderr.write(`${isOurs ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
