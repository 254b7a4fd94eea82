import { SettingsError } from '../../domain/settings';
import { releaseCommand } from './command';

// What `npm run release` runs; its exit codes are told by --help.

releaseCommand(process.argv.slice(2), {
  env: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
}).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof SettingsError ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
