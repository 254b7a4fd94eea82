/** The catalogue's promises to the people who read it: each class says what failed, why, and what they can do about it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  failureSentence,
  FAILURE_TYPES,
  FAILURES,
  isFailureType,
  isMendedByEdit,
  mayHaveActed,
} from '../../../domain/failures';
import { CLOSED, IGNORED, PAUSED } from '../../../domain/reasons';
import * as messages from '../../../workflows/messages';

const root = path.resolve(__dirname, '../../..');
const sources = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(folder, file));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** What an operator can do: the words that name it, and the message or route that carries it out. */
const ACTIONS: { words: RegExp; through: keyof typeof messages | `POST ${string}` }[] = [
  { words: /\bretry\b/i, through: 'retry' },
  { words: /\bskip (this|it)\b/i, through: 'skipSubStep' },
  { words: /\bmark (this|it) as done\b/i, through: 'markSubStepDone' },
  { words: /\bedit the configuration\b/i, through: 'editConfiguration' },
  { words: /\bgive up\b/i, through: 'giveUp' },
  { words: /\bsearch again\b/i, through: 'searchAgain' },
  { words: /\benter (it|the company) by hand\b/i, through: 'companyEnteredManually' },
  { words: /\b(wait again|go on without it)\b/i, through: 'continueExtraction' },
  { words: /\bcreate a new batch\b/i, through: 'POST /' },
];

const SETTING = /\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b/g;

/** Words of those who build it, not of those who use it. */
const JARGON =
  /\b(api|http|https|json|html|sql|postgres\w*|temporal|payload|null|undefined|nan|exception|stack|workflows?|activit(y|ies)|heartbeat|lease|ledger|snapshot|generation|signal|webhook|endpoint|backend|contract|idempoten\w*|time-?out|timed out|schema|query|backoff|retryable|4\d\d|5\d\d)\b/i;

describe.each(FAILURE_TYPES)('%s', (type) => {
  const { what, why, remedy, byItself, retryable } = FAILURES[type];

  it('says what failed, why, and what to do', () => {
    for (const clause of [what, why]) expect(clause).toMatch(/^\S.{8,}[^.:!?\s]$/);
    expect(what[0]).toBe(what[0]?.toUpperCase());
    expect(why).not.toBe(what);
    for (const sentence of [remedy, ...(byItself === null ? [] : [byItself])]) {
      expect(sentence).toMatch(/^[A-Z].+[.]$/);
    }
  });

  it('names something that people can do', () => {
    expect(ACTIONS.filter(({ words }) => words.test(remedy))).not.toEqual([]);
  });

  it('asks for an edit first only where its remedy begins with it', () => {
    if (isMendedByEdit(type)) expect(remedy).toMatch(/^Edit the configuration\b/);
    expect(isMendedByEdit(type) && retryable).toBe(false);
  });

  it('names the setting where an administrator is to act, and only there', () => {
    expect((remedy.match(SETTING) ?? []).length > 0).toBe(/\badministrator\b/.test(remedy));
  });

  it('tells what is done by itself where it is tried again', () => {
    if (retryable) expect(failureSentence(type, 'retrying')).toContain(byItself);
    expect(failureSentence(type)).toBe(`${what}: ${why}. ${remedy}`);
    for (const sentence of [failureSentence(type), failureSentence(type, 'retrying')]) {
      expect(sentence).toContain(`${what}: ${why}. `);
      expect(sentence.length).toBeLessThanOrEqual(240);
    }
  });

  it('is plain English without words of the trade', () => {
    const all = [what, why, remedy, byItself ?? ''].join(' ');
    expect(all.replace(SETTING, '')).not.toMatch(JARGON);
    // No place for a value of ours or a text of theirs, and no sign that a keyboard of ours cannot type.
    expect(all).toMatch(/^[A-Za-z0-9 .,:;()_-]+$/);
  });
});

test('the settings that it names exist', () => {
  const known = sources('domain/settings').map(read).join('\n');
  const named = FAILURE_TYPES.flatMap((type) => FAILURES[type].remedy.match(SETTING) ?? []);
  expect(named.filter((setting) => !known.includes(`${setting}:`))).toEqual([]);
  expect(named).not.toEqual([]);
});

test('the actions that it names exist', () => {
  const missing = ACTIONS.map(({ through }) => through).filter(
    (through) => !through.startsWith('POST') && !(through in messages),
  );
  expect(missing).toEqual([]);
});

test('two classes that people must tell apart do not read the same', () => {
  const sentences = FAILURE_TYPES.map((type) => failureSentence(type));
  expect(new Set(sentences).size).toBe(sentences.length);
});

test('what is unknown reads as unexpected, and may have acted', () => {
  for (const unknown of ['Nonsense', 'toString', '', null, undefined]) {
    expect(isFailureType(unknown)).toBe(false);
    expect(failureSentence(unknown)).toBe(failureSentence('Unexpected'));
    expect(mayHaveActed(unknown)).toBe(true);
  }
});

describe('whether the call may have acted', () => {
  // Each can come from a call whose end is not known, or from a look for its effect: external-systems D.1, D.5.
  it.each([
    'OutcomeUnclear',
    'PartialResult',
    'ReportedFailure',
    'BackendUnavailable',
    'BackendContractError',
    'BackendAuthError',
    'SecretUnavailable',
    'UserExists',
    'AccountExists',
    'RecordUnavailable',
    'Superseded',
    'JobCancelled',
    'Unexpected',
  ] as const)('%s: it may', (type) => expect(mayHaveActed(type)).toBe(true));

  it.each(['MissingInput', 'MenuNotReady', 'FeatureDisabled', 'WrongPassword', 'SubdomainTaken'] as const)(
    '%s: certainly not',
    (type) => expect(mayHaveActed(type)).toBe(false),
  );
});

describe('reasons that are no failures', () => {
  const sentences: [string, string][] = [
    ...Object.entries({
      ...CLOSED,
      nobodyAnswered: CLOSED.nobodyAnswered(90),
      givenUp: CLOSED.givenUp('The owner has closed.'),
      nothingMoreCanRun: CLOSED.nothingMoreCanRun('The menu was not imported.'),
    }),
    ...Object.entries({ ...PAUSED, byBreaker: PAUSED.byBreaker(3, 4) }),
    ...Object.entries(IGNORED),
  ];

  it.each(sentences)('%s is a plain sentence', (_name, sentence) => {
    expect(sentence).toMatch(/^[A-Z].+[.]$/);
    expect(sentence.length).toBeLessThanOrEqual(240);
    expect(sentence.replace('Temporal Web UI', '')).not.toMatch(JARGON);
  });

  it('give the figures that they are about', () => {
    expect(CLOSED.nobodyAnswered(90)).toContain('90 days');
    expect(PAUSED.byBreaker(3, 4)).toContain('3 of 4');
  });

  it('are told apart', () => {
    expect(new Set(sentences.map(([, sentence]) => sentence)).size).toBe(sentences.length);
  });
});

/** A failure that an activity or a workflow makes itself would have no class, and the types would not notice. */
describe('failures are made in one place', () => {
  const MAKERS: Record<string, string> = {
    'activities/failure.ts': 'every failure of an activity',
    'activities/reconciler/index.ts': 'the refusal of another engine: for whoever runs the system, in no row',
    'workflows/failures.ts': 'the end of a job, and what a workflow finds itself',
    'workflows/commands.ts': 'the refusal of a command',
    'workflows/run.ts': 'a step that does not exist: a fault in our code',
  };
  const MAKING =
    /ApplicationFailure\.(create|retryable|nonRetryable|fromError)\(|new ApplicationFailure\(|extends ApplicationFailure/;

  it('activities and workflows throw what the catalogue knows', () => {
    const makers = [...sources('activities'), ...sources('workflows')].filter((file) =>
      MAKING.test(read(file)),
    );
    expect(makers.filter((file) => !(file in MAKERS))).toEqual([]);
  });

  it('workflows throw no plain errors: the engine would retry the task for ever', () => {
    const plain = sources('workflows').filter((file) => /throw new (Type|Range)?Error\(/.test(read(file)));
    expect(plain).toEqual([]);
  });
});
