import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..', '..');

/** Files that are full of what looks random, and why that is no secret. */
const LEFT_OUT: readonly [RegExp, string][] = [
  [/^package-lock\.json$/, 'checksums of packages'],
  [/^test\/replay\/histories\//, 'payloads encrypted with a fixed, public test key'],
];

const KNOWN_FORMS = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/,
  /\b(sk|rk)_live_\w{16,}|\bsb_secret_\w{16,}|\bAKIA[A-Z0-9]{16}\b|\bgh[pousr]_\w{30,}/,
];
const ASSIGNED =
  /(?:secret|token|password|api_?key|service_?key|keys?)\w*['"]?\s*[:=]\s*['"`]([\w+/=-]{24,})['"`]/gi;
/** Bits a sign: words and names have fewer, random base64 and hex of this length more. */
const RANDOM_FROM = 3.4;

function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  return [...counts.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0);
}

/** Numbers of the lines that hold what looks like a secret; never the value. */
function suspiciousLines(text: string): number[] {
  return text.split('\n').flatMap((line, i) => {
    const isRandom = [...line.matchAll(ASSIGNED)].some(
      ([, value = '']) =>
        /\d/.test(value) &&
        /[a-z]/i.test(value) &&
        entropy(value) >= RANDOM_FROM &&
        !/[a-z]{4,}[-_ ]/i.test(value),
    );
    return isRandom || KNOWN_FORMS.some((form) => form.test(line)) ? [i + 1] : [];
  });
}

test('no file of the repository holds a secret', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0');
  const read = files.filter((file) => file !== '' && !LEFT_OUT.some(([pattern]) => pattern.test(file)));
  expect(read.length).toBeGreaterThan(100);
  const found = read
    .filter((file) => existsSync(path.join(ROOT, file)))
    .flatMap((file) =>
      suspiciousLines(readFileSync(path.join(ROOT, file), 'utf8')).map((line) => `${file}:${line}`),
    );
  expect(found).toEqual([]);
});

test('what would be one is seen', () => {
  // Made here, and the same each time: a secret that stood in this file would be found.
  const bytes = createHash('sha512').update('planted').digest();
  const part = (length: number): string => bytes.subarray(0, length).toString('base64url');
  const planted = [
    `-----BEGIN ${'RSA'} PRIVATE KEY-----`,
    `eyJ${part(20)}.eyJ${part(30)}.${part(32)}`,
    `sb_secret_${bytes.subarray(0, 16).toString('hex')}`,
    `WEBHOOK_SECRET: '${bytes.subarray(0, 24).toString('hex')}'`,
    `serviceKey = "${bytes.subarray(0, 32).toString('base64')}"`,
  ];
  for (const line of planted) expect(suspiciousLines(`x\n${line}\n`)).toEqual([2]);
  expect(suspiciousLines("const password = 'Example-Password-With-Words-0001';")).toEqual([]);
});
