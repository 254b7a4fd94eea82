/** The port to a register of companies: what the activities need of it, and how it fails. */
import type { CompanyDetails } from '../../domain/company';
import type { RegisterSummary } from '../../domain/company-matching';
import type { FailureType } from '../../domain/failures';

export interface CallOptions {
  signal?: AbortSignal | undefined;
  correlationId?: string | undefined;
}

/** An entity as the register describes it, mapped; without the addresses of roles and shareholders, which are people's homes. */
export interface RegisterEntity {
  details: CompanyDetails;
  /** All current addresses of the entity itself, as lines; for comparing alone. */
  places: { lines: string[]; postcode: string | null }[];
}

export interface CompanyRegister {
  /** Every hit for a name, NZBN or company number; empty only if the register answered that there is none. */
  searchByName(term: string, options?: CallOptions): Promise<RegisterSummary[]>;
  /** The whole entity; null if the register does not know it. */
  fetchEntity(nzbn: string, options?: CallOptions): Promise<RegisterEntity | null>;
}

/** How a call to the register failed. Holds no text of the register; `detail` is ours, e.g. the path that did not fit. */
export class RegisterError extends Error {
  override readonly name = 'RegisterError';

  constructor(
    readonly type: FailureType,
    readonly retryAfterMs?: number | undefined,
    readonly detail?: string | undefined,
  ) {
    super(detail === undefined ? type : `${type}: ${detail}`);
  }
}
