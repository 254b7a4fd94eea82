/** Compact entities written out in the two forms of the register's wire. The forms differ in names on purpose: so does the original. */
import { hex } from '../random';
import type { SeedEntity } from '../world';

const STATUS_TEXTS: Record<string, string> = {
  '50': 'Registered',
  '55': 'Voluntary Administration',
  '56': 'Voluntary Administration and Receivership',
  '57': 'Voluntary Administration and Receivership',
  '60': 'In liquidation',
  '61': 'In Receivership and Liquidation',
  '62': 'Removed (in Liquidation)',
  '70': 'In Receivership',
  '71': 'In Receivership and Liquidation',
  '72': 'Statutory Administration',
  '80': 'Removed',
  '90': 'Inactive',
  '91': 'Closed',
};

/** The words of `entity-status`, lower case, and the codes that they take in. */
export const STATUS_FILTERS: Record<string, readonly string[]> = {
  registered: ['50'],
  voluntaryadministration: ['55', '56', '57'],
  inreceivership: ['70', '71', '61'],
  inliquidation: ['60', '61', '71'],
  instatutoryadministration: ['72'],
  inactive: ['90'],
  removedclosed: ['62', '80', '91'],
};

const TYPE_TEXTS: Record<string, string> = {
  LTD: 'NZ Limited Company',
  ULTD: 'NZ Unlimited Company',
  COOP: 'NZ Co-operative Company',
  ASIC: 'Overseas ASIC Company',
  NON_ASIC: 'Overseas Non-ASIC Company',
  Sole_Trader: 'Sole Trader',
  Partnership: 'Partnership',
  Trading_Trust: 'Trading Trust',
};

const COMPANY_TYPES = ['LTD', 'ULTD', 'COOP', 'ASIC', 'NON_ASIC'];

/** A date in the register's spelling: New Zealand midnight, offset without a colon. */
function registerDate(date: string | null | undefined): string | null {
  if (date === undefined || date === null) return null;
  if (date.includes('T')) return date;
  const month = Number(date.slice(5, 7));
  return `${date}T00:00:00.000+${month >= 4 && month <= 9 ? '1200' : '1300'}`;
}

/** Stable id of a part of an entity. */
const partId = (nzbn: string, ...part: (string | number)[]): string =>
  String(parseInt(hex(7, 0, nzbn, ...part), 16) % 9_000_000);

const tradingNames = ({ nzbn, trading_names }: SeedEntity): unknown[] =>
  trading_names.map((name, at) => ({
    uniqueIdentifier: partId(nzbn, 'trading', at),
    name: name.name,
    startDate: registerDate(name.from),
    endDate: registerDate(name.to),
  }));

const classifications = ({ nzbn, industries }: SeedEntity): unknown[] =>
  (industries ?? []).map((industry, at) => ({
    uniqueIdentifier: partId(nzbn, 'industry', at),
    classificationCode: industry.code,
    classificationDescription: industry.description,
  }));

const heading = (entity: SeedEntity): Record<string, unknown> => ({
  entityStatusCode: entity.status,
  entityName: entity.name,
  nzbn: entity.nzbn,
  entityTypeCode: entity.type,
  entityTypeDescription: TYPE_TEXTS[entity.type] ?? entity.type,
  entityStatusDescription: STATUS_TEXTS[entity.status] ?? `Status ${entity.status}`,
});

/** One item of a search answer. */
export function searchItem(entity: SeedEntity, base: string): Record<string, unknown> {
  return {
    ...heading(entity),
    tradingNames: tradingNames(entity),
    ...(entity.industries === null ? {} : { classifications: classifications(entity) }),
    previousEntityNames: entity.previous_names,
    registrationDate: registerDate(entity.registered),
    sourceRegisterUniqueId: entity.number,
    links: [{ rel: 'self', href: `${base}/entities/${entity.nzbn}`, methods: ['GET'] }],
  };
}

interface Address {
  lines: readonly (string | null)[];
  post_code: string | null;
  care_of?: string | undefined;
  type: string | null;
  from?: string | undefined;
  to?: string | undefined;
}

const addressRow = (nzbn: string, address: Address, at: string | number): Record<string, unknown> => ({
  uniqueIdentifier: partId(nzbn, 'address', at),
  startDate: registerDate(address.from),
  endDate: registerDate(address.to),
  careOf: address.care_of ?? null,
  address1: address.lines[0] ?? null,
  address2: address.lines[1] ?? null,
  address3: address.lines[2] ?? null,
  address4: address.lines[3] ?? null,
  postCode: address.post_code,
  countryCode: 'NZ',
  addressType: address.type,
  pafId: null,
});

/** Where people live: on the wire as in the original, and to be dropped by whoever reads it. */
const home = (nzbn: string, who: string): Record<string, unknown> =>
  addressRow(nzbn, { lines: ['3 Sample Lane', 'Karori', 'Wellington'], post_code: '6012', type: null }, who);

/** "First Middle LAST" in its parts. */
function person(name: string): { firstName: string; middleNames: string; lastName: string } {
  const words = name.split(' ');
  const lastName = words.length > 1 ? (words.pop() ?? '') : '';
  return { firstName: words[0] ?? '', middleNames: words.slice(1).join(' '), lastName };
}

function shareholding(entity: SeedEntity): Record<string, unknown> {
  const since = registerDate(entity.registered);
  return {
    numberOfShares: entity.shares,
    shareAllocation: entity.shareholders.map(({ shares, holders }) => ({
      allocation: shares,
      shareholder: holders.map((holder) => {
        const isPerson = 'person' in holder;
        return {
          type: isPerson ? 'Individual' : 'Corporate',
          appointmentDate: since,
          vacationDate: null,
          individualShareholder: isPerson ? { ...person(holder.person), fullName: holder.person } : null,
          otherShareholder: isPerson
            ? null
            : {
                currentEntityName: holder.company,
                nzbn: holder.nzbn ?? null,
                companyNumber: holder.number ?? null,
                entityType: 'LTD',
              },
          shareholderAddress: isPerson ? home(entity.nzbn, holder.person) : null,
        };
      }),
    })),
    historicShareholder: [],
  };
}

const companyDetails = (entity: SeedEntity): Record<string, unknown> => ({
  annualReturnFilingMonth: 5,
  financialReportFilingMonth: null,
  nzsxCode: null,
  annualReturnLastFiled: '2024-05-20T00:00:00.000+1200',
  hasConstitutionFiled: false,
  countryOfOrigin: 'NZ',
  overseasCompany: null,
  extensiveShareholding: false,
  stockExchangeListed: null,
  shareholding: shareholding(entity),
  ultimateHoldingCompany: {
    yn: false,
    name: null,
    type: null,
    number: null,
    nzbn: null,
    country: null,
    effectiveDate: null,
    ultimateHoldingCompanyAddress: [],
  },
  australianCompanyNumber: null,
  insolvencies: [],
  removalCommenced: false,
});

function roles(entity: SeedEntity): unknown[] {
  return entity.directors.map((director, at) => ({
    uniqueIdentifier: partId(entity.nzbn, 'role', at),
    roleType: 'Director',
    roleStatus: director.ceased === undefined ? 'ACTIVE' : 'CEASED',
    startDate: registerDate(director.appointed ?? entity.registered),
    endDate: registerDate(director.ceased),
    asicDirectorshipYn: false,
    asicName: null,
    acn: null,
    roleEntity:
      director.company === undefined ? null : { nzbn: director.nzbn ?? null, entityName: director.company },
    rolePerson: director.person === undefined ? null : { title: null, ...person(director.person) },
    roleAddress: director.person === undefined ? [] : [home(entity.nzbn, director.person)],
    roleAsicAddress: null,
  }));
}

/** The full entity. */
export function fullEntity(entity: SeedEntity): Record<string, unknown> {
  const { nzbn } = entity;
  const since = registerDate(entity.registered);
  const isCompany = COMPANY_TYPES.includes(entity.type);
  return {
    ...heading(entity),
    registrationDate: since,
    sourceRegister: isCompany ? 'COMPANY' : 'NZBN',
    sourceRegisterUniqueIdentifier: entity.number,
    lastUpdatedDate: '2024-10-04T13:40:51.000+1300',
    australianBusinessNumber: '',
    emailAddresses: entity.emails.map((emailAddress, at) => ({
      uniqueIdentifier: partId(nzbn, 'email', at),
      emailAddress,
      emailPurpose: 'Primary',
      emailPurposeDescription: 'Primary',
      startDate: since,
    })),
    addresses: {
      links: [],
      addressList: entity.addresses.map((address, at) => addressRow(nzbn, address, at)),
    },
    industryClassifications: classifications(entity),
    phoneNumbers: entity.phones.map((phone, at) => ({
      uniqueIdentifier: partId(nzbn, 'phone', at),
      phonePurpose: null,
      phonePurposeDescription: null,
      phoneCountryCode: phone.country,
      phoneAreaCode: phone.area,
      phoneNumber: phone.number,
      startDate: since,
    })),
    websites: entity.websites.map((url, at) => ({
      uniqueIdentifier: partId(nzbn, 'website', at),
      url,
      websitePurpose: null,
      startDate: since,
    })),
    tradingNames: tradingNames(entity),
    privacySettings: null,
    'company-details': isCompany ? companyDetails(entity) : null,
    'non-company-details': null,
    roles: roles(entity),
    tradingAreas: [],
    paymentBankAccounts: null,
    gstNumbers: entity.gst_numbers.map((gstNumber, at) => ({
      uniqueIdentifier: partId(nzbn, 'gst', at),
      gstNumber,
      purpose: null,
      startDate: since,
    })),
    'supporting-information': null,
    hibernationStatusCode: null,
    hibernationStatusDescription: null,
    businessEthnicityIdentifiers: [],
  };
}
