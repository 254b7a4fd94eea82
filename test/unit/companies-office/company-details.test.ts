import fc from 'fast-check';
import { mapEntity, registeredAddress } from '../../../activities/companies-office/company-details';
import { entitySchema } from '../../../activities/companies-office/nzbn-schemas';
import type { RegisterEntity } from '../../../activities/companies-office/register';
import entity from '../../fixtures/nzbn-entity.json';

const FETCHED = new Date('2026-03-01T00:00:00Z');

const map = (over: Record<string, unknown> = {}): RegisterEntity =>
  mapEntity(entitySchema.parse({ ...entity, ...over }), { fetchedAt: FETCHED, etag: '"v1"' });
const details = (over: Record<string, unknown> = {}): RegisterEntity['details'] => map(over).details;

const role = (over: Record<string, unknown>): Record<string, unknown> => ({
  roleType: 'Director',
  roleStatus: 'ACTIVE',
  startDate: '2015-02-11T00:00:00.000+1300',
  endDate: null,
  rolePerson: { firstName: 'Mereana', middleNames: 'Ruth', lastName: 'TESTPERSON' },
  roleEntity: null,
  ...over,
});

describe('the entity of the example', () => {
  it('becomes company details', () => {
    expect(details()).toEqual({
      companyName: 'KOWHAI GRILL EXAMPLE LIMITED',
      companyNumber: '9990001',
      nzbn: '9429099900007',
      status: { code: '50', description: 'Registered', registered: true },
      entityType: 'NZ Limited Company',
      incorporationDate: '2015-02-11',
      addresses: [
        { type: 'REGISTERED', text: '12 Fern Street, Te Aro, Wellington, 6011' },
        { type: 'SERVICE', text: 'Rimu Example Accounting Limited, Level 2, 40 Quay Road, Wellington, 6011' },
      ],
      directors: [
        {
          name: 'Mereana Ruth Testperson',
          nameAsGiven: 'Mereana Ruth TESTPERSON',
          isCompany: false,
          appointed: '2015-02-11',
        },
        {
          name: 'RATA EXAMPLE HOLDINGS LIMITED',
          nameAsGiven: 'RATA EXAMPLE HOLDINGS LIMITED',
          isCompany: true,
          appointed: '2020-03-01',
        },
      ],
      shareholders: [
        { holders: ['Mereana Ruth TESTPERSON', 'Joint HOLDER'], shares: 600, percentage: 60, joint: true },
        { holders: ['RATA EXAMPLE HOLDINGS LIMITED'], shares: 400, percentage: 40, joint: false },
      ],
      gstNumbers: ['111111111'],
      emails: ['office@kowhaigrill.example'],
      websites: ['https://kowhaigrill.example'],
      phones: ['+6445550100'],
      tradingNames: ['Kōwhai Grill'],
      industries: [{ code: 'H451130', description: 'Restaurant operation' }],
      contactName: 'Mereana Ruth Testperson',
      fullLegalName: 'Mereana Ruth TESTPERSON',
      notes: [],
      provenance: {
        source: 'nzbn',
        fetchedAt: FETCHED.toISOString(),
        etag: '"v1"',
        lastUpdatedDate: '2024-10-04T13:40:51.000+1300',
      },
    });
    expect(registeredAddress(details())).toBe('12 Fern Street, Te Aro, Wellington, 6011');
  });

  it('passes on no address of a role or a shareholder', () => {
    const text = JSON.stringify(map({ roles: [role({ roleAddress: entity.roles[1]?.roleAddress })] }));
    expect(text).not.toContain('Sample Lane');
    expect(text).not.toContain('Karori');
  });
});

describe('traps of the register', () => {
  it('addresses come flat too', () => {
    expect(details({ addresses: entity.addresses.addressList }).addresses).toHaveLength(2);
    expect(details({ addresses: null }).addresses).toEqual([]);
  });

  it('an expired address is neither shown nor compared', () => {
    const [expired] = entity.addresses.addressList;
    expect(map({ addresses: { addressList: [expired] } })).toMatchObject({
      details: { addresses: [] },
      places: [],
    });
  });

  it.each(['{roles}', '{items}'])('roles come wrapped as %s', (form) => {
    const roles = [role({})];
    expect(details({ roles: form === '{roles}' ? { roles } : { items: roles } }).directors).toHaveLength(1);
  });

  it.each([
    ['DIR', 'ACTIVE', null, 1],
    ['Director', null, '', 1],
    ['director', undefined, undefined, 1],
    ['Director', 'CEASED', null, 0],
    ['Director', 'ACTIVE', '2030-01-01T00:00:00.000+1300', 0],
    ['Director', 'ACTIVE', 'yesterday', 0],
    ['Partner', 'ACTIVE', null, 0],
    [null, 'ACTIVE', null, 0],
  ])('role %j, status %j, ended %j: %i current directors', (roleType, roleStatus, endDate, count) => {
    expect(details({ roles: [role({ roleType, roleStatus, endDate })] }).directors).toHaveLength(count);
  });

  it('a company before a person: the person is the contact', () => {
    const corporate = role({
      rolePerson: null,
      roleEntity: { nzbn: '9429099900021', entityName: 'RATA LIMITED' },
    });
    expect(details({ roles: [corporate, role({})] })).toMatchObject({
      contactName: 'Mereana Ruth Testperson',
      directors: [{ isCompany: true }, { isCompany: false }],
    });
    const alone = details({ roles: [corporate] });
    expect(alone).toMatchObject({ contactName: null, fullLegalName: null });
    expect(alone.notes.join()).toContain('RATA LIMITED');
  });

  it.each([[0], [null], [undefined]])('with %j shares in all there is no percentage', (numberOfShares) => {
    const shareholding = { ...entity['company-details'].shareholding, numberOfShares };
    const { shareholders } = details({ 'company-details': { shareholding } });
    expect(shareholders.map((one) => one.percentage)).toEqual([null, null]);
  });

  it('of another register the number is none of a company', () => {
    expect(details({ sourceRegister: 'CHARITY' }).companyNumber).toBeNull();
    expect(details({ sourceRegister: null }).companyNumber).toBeNull();
  });

  it.each([
    ['2015-02-11T00:30:00.000+1300', '2015-02-11'],
    ['2015-02-11T23:30:00Z', '2015-02-11'],
    ['2015-02-11', '2015-02-11'],
    ['soon', null],
    [null, null],
  ])('date %j is %j, never moved by a time zone', (registrationDate, expected) => {
    expect(details({ registrationDate }).incorporationDate).toBe(expected);
  });

  it('everything private or absent is no error', () => {
    const bare = mapEntity(entitySchema.parse({ nzbn: '9429099900045' }), { fetchedAt: FETCHED, etag: null });
    expect(bare.details).toMatchObject({
      companyName: null,
      contactName: null,
      phones: [],
      emails: [],
      notes: [],
    });
    expect(bare.details.status).toEqual({ code: '', description: 'Unknown', registered: false });
  });

  it('what is invalid or ended is left out, and what is invalid is noted', () => {
    const ended = '2020-01-01T00:00:00.000+1300';
    const found = details({
      phoneNumbers: [
        { phoneCountryCode: '64', phoneAreaCode: '9', phoneNumber: '123 4567' },
        { phoneCountryCode: '+64', phoneAreaCode: '9', phoneNumber: '555 0100' },
        { phoneCountryCode: '64', phoneAreaCode: '9', phoneNumber: '5550101', endDate: ended },
        { phoneNumber: null },
      ],
      emailAddresses: [{ emailAddress: 'two@a.example, three@a.example' }],
      gstNumbers: [{ gstNumber: '136410133' }, { gstNumber: '49-091-850' }, { gstNumber: 123123123 }],
      websites: [{ url: 'javascript:alert(1)' }, { url: 'kowhaigrill.example' }],
      tradingNames: [{ name: 'Old', endDate: ended }],
    });
    expect(found).toMatchObject({
      phones: ['+6495550100'],
      emails: [],
      gstNumbers: ['49091850', '123123123'],
      websites: ['kowhaigrill.example'],
      tradingNames: [],
    });
    expect(found.notes).toHaveLength(4);
  });
});

describe('the schema', () => {
  it('takes an entity of any content without a throw, or refuses it', () => {
    const keys = Object.keys(entity);
    const odd = fc.dictionary(
      fc.constantFrom(...keys),
      fc.oneof(
        fc.json().map((text) => JSON.parse(text) as unknown),
        fc.anything(),
      ),
    );
    fc.assert(
      fc.property(odd, (over) => {
        const parsed = entitySchema.safeParse({ ...entity, ...over });
        if (parsed.success) mapEntity(parsed.data, { fetchedAt: FETCHED, etag: null });
        else expect(parsed.error.issues.length).toBeGreaterThan(0);
      }),
    );
  });
});
