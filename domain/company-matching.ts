/**
 * Step 2's judgement: from what the register found to a ranked list of candidates.
 * Pure: the same hits give the same list, whichever order they came in.
 */
import { MATCH_SOURCES, MAX_CANDIDATES, type Candidate, type MatchSource } from './company';
import { nameSimilarity, shareWord } from './names';
import { parseCompanyNumber, parseNzbn } from './nz/business-numbers';

/** One hit of the register's name search, whichever register it came from. Dates `YYYY-MM-DD` (New Zealand date). */
export interface RegisterSummary {
  nzbn: string;
  name: string | null;
  previousNames: readonly string[];
  /** Current and ended ones. */
  tradingNames: readonly { name: string; endDate: string | null }[];
  typeCode: string | null;
  statusCode: string | null;
  statusDescription: string | null;
  registrationDate: string | null;
  /** Number in its source register, which is the company number for companies alone. */
  registerNumber: string | null;
}

/** Added to the score of a company whose address is the restaurant's. */
export const ADDRESS_EVIDENCE_POINTS = 20;

const REGISTERED_CODE = '50';
const COMPANY_TYPES: ReadonlySet<string> = new Set(['LTD', 'ULTD', 'COOP', 'ASIC', 'NON_ASIC']);

/** Only code 50 counts; voluntary administration, removed and codes that we do not know do not. */
export function isRegistered(statusCode: string | null): boolean {
  return statusCode?.trim() === REGISTERED_CODE;
}

/** Whether something with this end date (`YYYY-MM-DD`, null = open) has ended before `today`. */
export function hasEnded(endDate: string | null, today: string): boolean {
  return endDate !== null && endDate < today;
}

/** Writes `YYYY-MM-DD`. Made once: making one takes a hundred times as long as a date. */
const NEW_ZEALAND_DATE = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Auckland' });

/** The current date in New Zealand, `YYYY-MM-DD`. */
export function newZealandDate(now: Date): string {
  return NEW_ZEALAND_DATE.format(now);
}

/** The number without leading zeros; null for what has none (sole traders, partnerships, trusts) or reuses the field. */
export function companyNumberOf(typeCode: string | null, registerNumber: string | null): string | null {
  if (typeCode === null || !COMPANY_TYPES.has(typeCode.trim().toUpperCase())) return null;
  const parsed = parseCompanyNumber(registerNumber ?? '');
  return parsed.ok ? parsed.value : null;
}

/** A person may search by number; the register finds it, and then there is no doubt which entity is meant. */
function isNumberSearch(words: string, nzbn: string, companyNumber: string | null): boolean {
  const asNzbn = parseNzbn(words);
  if (asNzbn.ok) return asNzbn.value === nzbn;
  const asNumber = parseCompanyNumber(words);
  return asNumber.ok && asNumber.value === companyNumber;
}

/**
 * A hit as candidate for the searched name. Its score is the better of name and current trading name; the sources are
 * the names that share a word with the search, as the register matches. A former name counts as a source, not in the score.
 */
export function candidateFromSummary(
  summary: RegisterSummary,
  searchedName: string,
  today: string,
): Candidate {
  const trading = summary.tradingNames.filter((t) => !hasEnded(t.endDate, today)).map((t) => t.name);
  const names = summary.name === null ? [] : [summary.name];
  const companyNumber = companyNumberOf(summary.typeCode, summary.registerNumber);
  const matchesName = [...names, ...summary.previousNames].some((name) => shareWord(name, searchedName));
  const matchesTrading = trading.some((name) => shareWord(name, searchedName));
  const sources: MatchSource[] = [];
  // The register also finds by number and by parts of words; such a hit is still one of the name search.
  if (matchesName || !matchesTrading) sources.push('name');
  if (matchesTrading) sources.push('trading_name');
  const similarities = [...names, ...trading].map((name) => nameSimilarity(name, searchedName));
  return {
    company_name: names[0] ?? trading[0] ?? summary.previousNames[0] ?? `NZBN ${summary.nzbn}`,
    company_number: companyNumber,
    nzbn: summary.nzbn,
    status: summary.statusDescription ?? 'Unknown',
    status_code: summary.statusCode ?? '',
    registered: isRegistered(summary.statusCode),
    incorporation_date: summary.registrationDate,
    registered_address: null,
    match_sources: sources,
    score: isNumberSearch(searchedName, summary.nzbn, companyNumber) ? 100 : Math.max(0, ...similarities),
  };
}

/** What the comparison of one company's addresses with the restaurant's said. */
export interface AddressCheck {
  nzbn: string;
  matched: boolean;
  registeredAddress: string | null;
}

/** The candidates with the address found for them; a match adds the source and its points. */
export function applyAddressChecks(
  candidates: readonly Candidate[],
  checks: readonly AddressCheck[],
): Candidate[] {
  return candidates.map((candidate) => {
    const ofThis = checks.filter((check) => check.nzbn === candidate.nzbn);
    const matched = ofThis.some((check) => check.matched);
    return {
      ...candidate,
      registered_address:
        ofThis.find((check) => check.registeredAddress !== null)?.registeredAddress ??
        candidate.registered_address,
      match_sources: matched
        ? orderedSources([...candidate.match_sources, 'address'])
        : candidate.match_sources,
      score: matched ? Math.min(100, candidate.score + ADDRESS_EVIDENCE_POINTS) : candidate.score,
    };
  });
}

function orderedSources(sources: readonly MatchSource[]): MatchSource[] {
  return MATCH_SOURCES.filter((source) => sources.includes(source));
}

/** One entry a company, known by its number or else its NZBN; a double hit keeps both sources and the better score. */
export function mergeCandidates(candidates: readonly Candidate[]): Candidate[] {
  const byCompany = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const key = candidate.company_number ?? candidate.nzbn;
    const known = byCompany.get(key);
    byCompany.set(key, known === undefined ? candidate : mergeTwo(known, candidate));
  }
  return [...byCompany.values()];
}

function mergeTwo(first: Candidate, second: Candidate): Candidate {
  return {
    ...first,
    incorporation_date: first.incorporation_date ?? second.incorporation_date,
    registered_address: first.registered_address ?? second.registered_address,
    match_sources: orderedSources([...first.match_sources, ...second.match_sources]),
    score: Math.max(first.score, second.score),
  };
}

/** Best first: registered before others, then by score, evidence of the address, and name so that the order is total. */
function compareCandidates(a: Candidate, b: Candidate): number {
  const has = (candidate: Candidate): number => (candidate.match_sources.includes('address') ? 1 : 0);
  return (
    Number(b.registered) - Number(a.registered) ||
    b.score - a.score ||
    has(b) - has(a) ||
    (a.company_name < b.company_name ? -1 : a.company_name > b.company_name ? 1 : 0) ||
    (a.nzbn < b.nzbn ? -1 : a.nzbn > b.nzbn ? 1 : 0)
  );
}

/**
 * The best `MAX_CANDIDATES`, merged and in order. Nothing that is not registered scores above a registered company,
 * so that a list which somebody sorts by score again keeps the promise.
 */
export function rankCandidates(candidates: readonly Candidate[]): Candidate[] {
  const merged = mergeCandidates(candidates);
  const ceiling = Math.min(100, ...merged.filter((c) => c.registered).map((c) => c.score));
  return merged
    .map((c) => (c.registered ? c : { ...c, score: Math.min(c.score, ceiling) }))
    .sort(compareCandidates)
    .slice(0, MAX_CANDIDATES);
}
