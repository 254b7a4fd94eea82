/** A company that is entered by hand: its fields, checked by the product's own rules. Pure. */
import { parseCompanyNumber, parseEmail, parseIrd, parseNzbn, parsePhone } from '../../../../../domain/nz';

export const MANUAL_FIELDS = [
  { name: 'contact_name', label: 'Contact', description: 'A person, e.g. a director.' },
  { name: 'full_legal_name', label: 'Full legal name', description: '' },
  { name: 'contact_email', label: 'E-mail', description: '' },
  { name: 'contact_phone', label: 'Phone', description: '' },
  { name: 'company_name', label: 'Company', description: '' },
  { name: 'company_number', label: 'Company number', description: '' },
  { name: 'gst_number', label: 'GST number', description: '' },
  { name: 'nzbn', label: 'NZBN', description: '13 digits.' },
] as const;

export type ManualField = (typeof MANUAL_FIELDS)[number]['name'];
export type ManualEntry = Partial<Record<ManualField, string>>;

type Check = (text: string) => { ok: true } | { ok: false; problem: string };
const CHECKS: Partial<Record<ManualField, Check>> = {
  contact_email: parseEmail,
  contact_phone: (text) => parsePhone(text),
  company_number: parseCompanyNumber,
  gst_number: (text) => parseIrd(text),
  nzbn: parseNzbn,
};

/** What is wrong, by field; empty: it can be sent. */
export function checkManual(entry: ManualEntry): Map<ManualField, string> {
  const problems = new Map<ManualField, string>();
  if (!entry.contact_name?.trim()) problems.set('contact_name', 'Somebody must be named.');
  for (const { name } of MANUAL_FIELDS) {
    const text = entry[name]?.trim();
    const checked = text ? CHECKS[name]?.(text) : undefined;
    if (checked && !checked.ok) problems.set(name, checked.problem);
  }
  return problems;
}
