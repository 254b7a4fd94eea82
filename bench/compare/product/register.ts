/** The one invented company of the comparison's register. */
import type { CompanyDetails } from '../../../domain/company';
import type { RegisterSummary } from '../../../domain/company-matching';

export const NZBN = '9429099900007';
export const COMPANY_NUMBER = '9990001';
const NAME = 'KAURI KITCHEN LIMITED';

export const CANDIDATE: RegisterSummary = {
  nzbn: NZBN,
  name: NAME,
  previousNames: [],
  tradingNames: [],
  typeCode: 'LTD',
  statusCode: '50',
  statusDescription: 'Registered',
  registrationDate: '2019-02-11',
  registerNumber: COMPANY_NUMBER,
};

export const COMPANY_DETAILS: CompanyDetails = {
  companyName: NAME,
  companyNumber: COMPANY_NUMBER,
  nzbn: NZBN,
  status: { code: '50', description: 'Registered', registered: true },
  entityType: 'NZ Limited Company',
  incorporationDate: '2019-02-11',
  addresses: [],
  directors: [
    { name: 'Aroha Example', nameAsGiven: 'Aroha EXAMPLE', isCompany: false, appointed: '2019-02-11' },
  ],
  shareholders: [],
  gstNumbers: [],
  emails: [],
  websites: [],
  phones: [],
  tradingNames: [],
  industries: [],
  contactName: 'Aroha Example',
  fullLegalName: 'Aroha EXAMPLE',
  notes: [],
  provenance: { source: 'nzbn', fetchedAt: '2026-01-01T00:00:00.000Z', etag: null, lastUpdatedDate: null },
};
