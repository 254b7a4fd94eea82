import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../../../dev/stack/paths';
import { copiedIntoImage, dockerfile, stage } from '../../helpers/artefact';

const file = dockerfile();
const textOf = (name: string): string =>
  stage(file, name)
    .map((one) => one.getTextContent())
    .join('\n');

test('the base image has an exact version, new enough, on glibc', () => {
  const [version] = file.getInitialARGs().map((argument) => argument.getTextContent());
  const [, major] = /node:(\d+)\.\d+\.\d+-bookworm-slim$/.exec(version ?? '') ?? [];
  expect(Number(major)).toBeGreaterThanOrEqual(20);
});

test('no stage copies anything from the machine but what .dockerignore lets through by name', () => {
  const ignore = readFileSync(path.join(PROJECT_ROOT, '.dockerignore'), 'utf8').split('\n');
  const rules = ignore.filter((line) => line !== '' && !line.startsWith('#'));
  expect(rules[0]).toBe('*');
  expect(rules.filter((line) => line.startsWith('!')).map((line) => line.slice(1))).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^\.|deploy|test|node_modules|dist/)]),
  );
  expect(copiedIntoImage(file).every(({ from }) => ['packages', 'build'].includes(from))).toBe(true);
});

test.each(['api', 'worker'])('the target %s runs as a user by number and is asked for its health', (name) => {
  expect(textOf('runtime')).toContain('USER 1000:1000');
  expect(textOf('runtime')).toContain('ENTRYPOINT ["/usr/bin/tini", "--"]');
  expect(textOf(name)).toContain(`CMD ["node", "dist/${name}/main.js"]`);
  expect(textOf(name)).toMatch(/HEALTHCHECK[\s\S]*\/healthz/);
  expect(textOf(name)).not.toMatch(/^(ARG|ENV).*(SECRET|TOKEN|PASSWORD|_KEY)/m);
});
