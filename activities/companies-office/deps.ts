import type { CompanyRecord } from './record';
import type { CompanyRegister } from './register';

export interface CompaniesOfficeDeps {
  record: CompanyRecord;
  register: CompanyRegister;
  now: () => Date;
}
