/** Steps 3 and 4: what a person chose or typed in, and the details of the chosen company. */
import type { CompanyChoice, CompanyDetails, ManualCompanyDetails } from '../../domain/company';
import { CANDIDATES_STATUSES, type CandidatesStatus } from '../../domain/statuses';
import { activityFailure } from '../failure';
import type { CompaniesOfficeDeps } from './deps';
import type { JobScope, RestaurantCompanyValues } from './record';
import { callRegister } from './register-call';

export interface DetailsActivities {
  /** Records the choice, fetches the company and saves its details on the restaurant. `contactFound`: a current director who is a person. */
  fetchCompanyDetails(
    input: JobScope & { choice: CompanyChoice },
  ): Promise<{ nzbn: string; companyNumber: string | null; contactFound: boolean }>;
  saveSelectionOutcome(input: JobScope & { outcome: 'no_match' }): Promise<void>;
  saveManualDetails(input: JobScope & { details: ManualCompanyDetails }): Promise<void>;
}

/** A choice belongs to a list; while a new search runs there is none, so a late write is held back. */
const WITH_LIST: readonly CandidatesStatus[] = CANDIDATES_STATUSES.filter((status) => status !== 'searching');

export function createDetailsActivities({ record, register, now }: CompaniesOfficeDeps): DetailsActivities {
  async function saveRestaurant(scope: JobScope, values: RestaurantCompanyValues): Promise<void> {
    if (!(await record.saveRestaurant(scope, values))) throw activityFailure('RecordRefused');
  }

  return {
    async fetchCompanyDetails({ choice, ...scope }) {
      const chosen = { status: 'selected', selected_company_number: choice.company_number } as const;
      // People see the choice even if the register cannot be reached; a person waits for the call, so it does not wait for that.
      const [called, written] = await Promise.allSettled([
        callRegister(scope, (options) => register.fetchEntity(choice.nzbn, options)),
        record.writeCandidates(
          scope,
          { ...chosen, selected_company_data: choice, selected_at: now().toISOString() },
          { from: WITH_LIST },
        ),
      ]);
      if (written.status === 'rejected') throw written.reason;
      if (called.status === 'rejected') throw called.reason;
      const entity = called.value;
      if (entity === null) throw activityFailure('CompanyNotFound');
      const { details } = entity;
      const restaurant = await record.readRestaurant(scope);
      const metadata = { ...restaurant?.metadata, ...details };
      await saveRestaurant(scope, { ...restaurantValues(details), additional_contacts_metadata: metadata });
      await record.writeCandidates(
        scope,
        { ...chosen, selected_company_data: details },
        { from: ['selected'] },
      );
      return {
        nzbn: details.nzbn,
        companyNumber: details.companyNumber,
        contactFound: details.contactName !== null,
      };
    },

    async saveSelectionOutcome({ outcome, ...scope }) {
      await record.writeCandidates(
        scope,
        {
          status: outcome,
          selected_company_number: null,
          selected_company_data: null,
          selected_at: now().toISOString(),
        },
        { from: CANDIDATES_STATUSES },
      );
    },

    async saveManualDetails({ details, ...scope }) {
      await saveRestaurant(scope, present(details));
      await record.writeCandidates(
        scope,
        {
          status: 'selected',
          selected_company_number: details.company_number ?? null,
          selected_company_data: { ...details, source: 'manual' },
          selected_at: now().toISOString(),
        },
        { from: CANDIDATES_STATUSES },
      );
    },
  };
}

type TextColumns = Omit<RestaurantCompanyValues, 'additional_contacts_metadata'>;

/** The values that are there: an absent one never erases what the restaurant has. */
function present(values: { [K in keyof TextColumns]: string | null | undefined }): TextColumns {
  const entries = Object.entries(values).map(([column, value]) => [column, value?.trim()] as const);
  return Object.fromEntries(entries.filter(([, value]) => value));
}

function restaurantValues(details: CompanyDetails): TextColumns {
  return present({
    // A sole trader may have no name on the register; people chose it by its trading name.
    company_name: details.companyName ?? details.tradingNames[0],
    company_number: details.companyNumber,
    nzbn: details.nzbn,
    gst_number: details.gstNumbers[0],
    contact_name: details.contactName,
    full_legal_name: details.fullLegalName,
    contact_email: details.emails[0],
    contact_phone: details.phones[0],
  });
}
