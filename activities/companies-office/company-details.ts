/** From the register's full entity to `CompanyDetails`. Pure; what is absent or invalid is left out, never guessed. */
import type { CompanyDetails } from '../../domain/company';
import { hasEnded, isRegistered, newZealandDate } from '../../domain/company-matching';
import { collapseSpace, titleCaseIfCapitals } from '../../domain/names';
import { parseCompanyNumber, parseEmail, parseIrd, parsePhone, type Parsed } from '../../domain/nz';
import type { WireAddress, WireEntity, WirePerson, WireRole } from './nzbn-schemas';
import type { RegisterEntity } from './register';

type Director = CompanyDetails['directors'][number];
type Shareholding = CompanyDetails['shareholders'][number];

export interface Provenance {
  fetchedAt: Date;
  etag: string | null;
}

/** @param provenance.fetchedAt also decides what has ended: rows whose end date is past in New Zealand are dropped. */
export function mapEntity(entity: WireEntity, provenance: Provenance): RegisterEntity {
  const today = newZealandDate(provenance.fetchedAt);
  const current = <T extends { endDate: string | null }>(rows: T[]): T[] =>
    rows.filter((row) => !hasEnded(row.endDate, today));
  const notes: string[] = [];
  const valid = (rows: (string | null)[], parse: (text: string) => Parsed, what: string): string[] =>
    keepValid(rows, parse, what, notes);

  const addresses = current(entity.addresses);
  const directors = entity.roles.filter(isCurrentDirector).flatMap((role) => director(role) ?? []);
  const contact = directors.find((one) => !one.isCompany);
  if (!contact && directors.length > 0) {
    notes.push(`Directed by companies alone: ${directors.map((one) => one.name).join(', ')}.`);
  }
  const details: CompanyDetails = {
    companyName: entity.entityName,
    companyNumber: companyNumber(entity),
    nzbn: entity.nzbn,
    status: {
      code: entity.entityStatusCode ?? '',
      description: entity.entityStatusDescription ?? 'Unknown',
      registered: isRegistered(entity.entityStatusCode),
    },
    entityType: entity.entityTypeDescription,
    incorporationDate: entity.registrationDate,
    addresses: addresses.filter(isPublished).map((row) => ({ type: typeOf(row), text: addressText(row) })),
    directors,
    shareholders: shareholdings(entity, today),
    gstNumbers: valid(
      current(entity.gstNumbers).map((row) => row.gstNumber),
      (text) => parseIrd(text),
      'GST number',
    ),
    emails: valid(
      current(entity.emailAddresses).map((row) => row.emailAddress),
      parseEmail,
      'e-mail address',
    ),
    websites: valid(
      current(entity.websites).map((row) => row.url),
      parseWebsite,
      'website',
    ),
    phones: valid(current(entity.phoneNumbers).map(phoneText), parsePhone, 'phone number'),
    tradingNames: distinct(current(entity.tradingNames).map((row) => row.name)),
    industries: entity.industryClassifications.flatMap(({ classificationCode, classificationDescription }) =>
      classificationCode ? [{ code: classificationCode, description: classificationDescription ?? '' }] : [],
    ),
    contactName: contact?.name ?? null,
    fullLegalName: contact?.nameAsGiven ?? null,
    notes,
    provenance: {
      source: 'nzbn',
      fetchedAt: provenance.fetchedAt.toISOString(),
      etag: provenance.etag,
      lastUpdatedDate: entity.lastUpdatedDate,
    },
  };
  return { details, places: addresses.map((row) => ({ lines: addressLines(row), postcode: row.postCode })) };
}

/** Other registers reuse the field, so it is a company number for companies alone. */
function companyNumber(entity: WireEntity): string | null {
  if (entity.sourceRegister?.toUpperCase() !== 'COMPANY') return null;
  const parsed = parseCompanyNumber(entity.sourceRegisterUniqueIdentifier ?? '');
  return parsed.ok ? parsed.value : null;
}

function distinct(values: (string | null)[]): string[] {
  return [...new Set(values.filter((value): value is string => value !== null))];
}

function keepValid(
  rows: (string | null)[],
  parse: (text: string) => Parsed,
  what: string,
  notes: string[],
): string[] {
  const parsed = distinct(rows).map(parse);
  const invalid = parsed.filter((one) => !one.ok).length;
  if (invalid > 0)
    notes.push(`Left out ${invalid} invalid ${what}${invalid > 1 ? 's' : ''} of the register.`);
  return distinct(parsed.map((one) => (one.ok ? one.value : null)));
}

/** Web addresses are shown as links, so only those of the web are kept; "kowhai.example" without a scheme is one too. */
function parseWebsite(text: string): Parsed {
  const withScheme = /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null;
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && url.hostname.includes('.');
  return isWeb ? { ok: true, value: text } : { ok: false, problem: 'not a web address' };
}

/** Three parts; the area code has no leading 0. Null when there is no number at all. */
function phoneText(row: WireEntity['phoneNumbers'][number]): string | null {
  if (row.phoneNumber === null) return null;
  if (row.phoneNumber.startsWith('+')) return row.phoneNumber;
  const country = (row.phoneCountryCode ?? '64').replace(/^(\+|00)/, '');
  return `+${country} ${row.phoneAreaCode ?? ''} ${row.phoneNumber}`;
}

function typeOf(row: WireAddress): string {
  return row.addressType?.toUpperCase() ?? '';
}

function isPublished(row: WireAddress): boolean {
  return ['REGISTERED', 'SERVICE'].includes(typeOf(row));
}

function addressLines(row: WireAddress): string[] {
  return distinct([row.address1, row.address2, row.address3, row.address4]);
}

function addressText(row: WireAddress): string {
  return distinct([row.careOf, ...addressLines(row), row.postCode]).join(', ');
}

/** The registered office of mapped details, for candidates. */
export function registeredAddress(details: CompanyDetails): string | null {
  return details.addresses.find((address) => address.type === 'REGISTERED')?.text ?? null;
}

/** Ceased roles are listed too, often first. */
function isCurrentDirector(role: WireRole): boolean {
  return (
    (role.roleType ?? '').toLowerCase().includes('dir') &&
    (role.roleStatus === null || role.roleStatus.toUpperCase() === 'ACTIVE') &&
    role.endDate === null
  );
}

function director(role: WireRole): Director | null {
  const appointed = role.startDate;
  const asGiven = role.rolePerson ? personName(role.rolePerson) : null;
  if (role.rolePerson && asGiven !== null) {
    const lastName = titleCaseIfCapitals(role.rolePerson.lastName ?? '');
    return {
      name: personName({ ...role.rolePerson, lastName }) ?? asGiven,
      nameAsGiven: asGiven,
      isCompany: false,
      appointed,
    };
  }
  const company = role.roleEntity?.entityName ?? null;
  return company === null ? null : { name: company, nameAsGiven: company, isCompany: true, appointed };
}

function personName({ firstName, middleNames, lastName }: WirePerson): string | null {
  return collapseSpace([firstName, middleNames, lastName].filter(Boolean).join(' ')) || null;
}

/** Shares belong to an allocation, which may have several holders; the percentage is the group's. */
function shareholdings(entity: WireEntity, today: string): Shareholding[] {
  const shareholding = entity['company-details']?.shareholding;
  const total = shareholding?.numberOfShares ?? null;
  return (shareholding?.shareAllocation ?? []).flatMap(({ allocation, shareholder }) => {
    const holders = shareholder
      .filter((holder) => !hasEnded(holder.vacationDate, today))
      .map(({ individualShareholder: person, otherShareholder: other }) =>
        person ? (person.fullName ?? personName(person)) : (other?.currentEntityName ?? null),
      )
      .filter((name): name is string => name !== null);
    if (allocation === null || holders.length === 0) return [];
    const percentage = total === null || total === 0 ? null : Math.round((allocation / total) * 10_000) / 100;
    return [{ holders, shares: allocation, percentage, joint: holders.length > 1 }];
  });
}
