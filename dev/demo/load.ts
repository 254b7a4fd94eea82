/** Where the demo's restaurants come from: a file, the generator, or the sample that ships with the project. */
import path from 'node:path';
import { z } from 'zod';
import { readBatchFile, type BatchFileProblem, type BatchFileRestaurant } from '../../domain/batch-file';
import { parseEntity, type SeedEntity } from '../simulator/world';
import { PROJECT_ROOT } from '../stack/paths';
import { generateRestaurants } from './generator';
import { SCENARIOS, type CompanyAnswer, type DemoRestaurant } from './restaurants';

export interface Source {
  /** JSON or CSV; see `domain/batch-file`. */
  file?: string;
  /** This many from the generator. */
  restaurants?: number;
}

/** `problems`: a line each, none without place and reason. */
export type Loaded = { ok: true; restaurants: DemoRestaurant[] } | { ok: false; problems: string[] };

export const SAMPLE_FILE = path.join(PROJECT_ROOT, 'dev', 'samples', 'restaurants.json');

/** Everything is read before anything is created: one bad row, and there is nothing but problems. */
export async function loadRestaurants({ file, restaurants: count }: Source): Promise<Loaded> {
  if (file !== undefined && count !== undefined) {
    return { ok: false, problems: ['Give --file or --restaurants, not both.'] };
  }
  if (count !== undefined) return { ok: true, restaurants: generateRestaurants(count) };
  const name = file ?? SAMPLE_FILE;
  const read = await readBatchFile(name);
  if (!read.ok) return { ok: false, problems: read.problems.map(problemLine) };
  const converted = read.restaurants.map(fromFile);
  const problems = converted.flatMap((one) => ('problem' in one ? [`${name}: ${one.problem}`] : []));
  const restaurants = converted.flatMap((one) => ('problem' in one ? [] : [one]));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, restaurants };
}

export function problemLine({ file, line, column, code, message }: BatchFileProblem): string {
  return `${file}:${line}:${column}  ${code}  ${message}`;
}

function entityOf({ company, name }: BatchFileRestaurant): SeedEntity | null | { problem: string } {
  if (company === null) return null;
  try {
    return parseEntity(company as Parameters<typeof parseEntity>[0]);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    return { problem: `${name}: company.${issue?.path.join('.')}: ${issue?.message}` };
  }
}

/** What the file says the person answers; else the company that it names, or that there is none. */
function companyAnswer({ answers, company }: BatchFileRestaurant): CompanyAnswer {
  const { search_again: searchAgain, company_number, nzbn, manual } = answers?.company ?? {};
  const before = searchAgain === undefined ? {} : { searchAgain };
  if (manual !== undefined) return { ...before, kind: 'by_hand', details: manual };
  const number = company_number ?? (answers?.company === undefined ? company?.number : undefined);
  if (typeof number === 'string') return { ...before, kind: 'number', number };
  const otherwise = nzbn ?? (answers?.company === undefined ? company?.nzbn : undefined);
  if (otherwise !== undefined) return { ...before, kind: 'nzbn', nzbn: otherwise };
  return { ...before, kind: 'no_match' };
}

/** Restaurant and entity as the demo plays them, or why the company cannot stand on the register. */
export function fromFile(given: BatchFileRestaurant): DemoRestaurant | { problem: string } {
  const entity = entityOf(given);
  if (entity !== null && 'problem' in entity) return entity;
  const { postcode, address } = given;
  return {
    name: given.name,
    address: postcode === undefined || address.includes(postcode) ? address : `${address} ${postcode}`,
    city: given.city,
    phone: given.phone,
    email: given.email,
    websiteUrl: given.website_url ?? null,
    primaryColour: given.primary_color ?? null,
    secondaryColour: given.secondary_color ?? null,
    openingHours: given.opening_hours,
    cuisines: given.cuisines,
    dishes: given.menu.dishes.map(({ category, name, price, description, tags, image }) => ({
      category,
      name,
      price,
      tags,
      ...(description === '' ? {} : { description }),
      ...(image === undefined ? {} : { image }),
    })),
    optionSets: given.menu.option_sets,
    extractionLateSeconds: given.extraction_late_seconds ?? null,
    entity,
    expected: given.expect,
    scenario: SCENARIOS.find((scenario) => scenario === given.scenario) ?? null,
    company: companyAnswer(given),
    configuration: given.answers?.configuration ?? { use_defaults: true },
  };
}
