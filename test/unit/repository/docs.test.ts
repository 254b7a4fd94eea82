/** What the documents point to is there: every relative link, every anchor. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../../../dev/stack/paths';

const DOCUMENTS = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: PROJECT_ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(path.join(PROJECT_ROOT, file)));

const read = (file: string): string => readFileSync(path.join(PROJECT_ROOT, file), 'utf8');

/** Without what stands in code, which is no Markdown. */
const withoutCode = (text: string): string =>
  text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ' '));

/** As GitHub makes them: lower case, no punctuation, a hyphen for each blank; a repeated one is numbered. */
function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, title = ''] of text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*$/gm)) {
    const slug = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

interface Link {
  from: string;
  target: string;
}

const linksOf = (from: string): Link[] =>
  [...withoutCode(read(from)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ from, target }));

const isOutside = ({ target }: Link): boolean => /^[a-z][a-z0-9+.-]*:/i.test(target);

/** Null: it leads somewhere. */
function problemOf({ from, target }: Link): string | null {
  const [file = '', anchor] = target.split('#');
  const to = file === '' ? from : path.join(path.dirname(from), file);
  if (!existsSync(path.join(PROJECT_ROOT, to))) return `${from}: ${target} does not exist`;
  if (anchor === undefined) return null;
  return anchorsOf(read(to)).has(anchor) ? null : `${from}: ${target} names no heading of ${to}`;
}

const links = DOCUMENTS.flatMap(linksOf).filter((link) => !isOutside(link));

test('there are documents with links and anchors, so that the next test looks at something', () => {
  expect(DOCUMENTS).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'docs/operations.md']));
  expect(links.filter(({ target }) => target.includes('#')).length).toBeGreaterThan(10);
});

test('every link and anchor of the documents leads somewhere', () => {
  expect(links.map(problemOf).filter((problem) => problem !== null)).toEqual([]);
});

test.each([
  ['a file that is not there', 'docs/nothing.md'],
  ['a heading that is not there', 'ARCHITECTURE.md#nothing'],
])('a link to %s is found out', (_what, target) => {
  expect(problemOf({ from: 'README.md', target })).toContain(target);
});

test('anchors are made as GitHub makes them', () => {
  const text =
    '# `EFFECT_EXISTS`\n## A & B, "c"\n## The [link](x.md)\n## Twice\n## Twice\n```\n# no heading\n```';
  expect([...anchorsOf(text)]).toEqual(['effect_exists', 'a--b-c', 'the-link', 'twice', 'twice-1']);
});
