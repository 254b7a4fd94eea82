/** Phone, e-mail, postcode, colour. */
import { parsePhoneNumberWithError, ParseError, type PhoneNumber } from 'libphonenumber-js/max';
import { z } from 'zod';
import { accept, refuse, type Parsed } from './parsed';

/** undefined = libphonenumber cannot read it as one number. */
function readPhone(text: string): PhoneNumber | undefined {
  try {
    return parsePhoneNumberWithError(text, { defaultCountry: 'NZ', extract: false });
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

/**
 * Phone number to E.164, by libphonenumber's full metadata with region NZ. A number of another country is kept,
 * an extension is dropped with a note, two numbers in one field are refused rather than one picked.
 */
export function parsePhone(input: string): Parsed {
  const text = input.trim();
  if (text === '') return refuse('The phone number is empty.');
  // libphonenumber would take what stands behind these as an extension or as more digits of the first number.
  if (/[/;|]|,(?!\s*(ext|x))/i.test(text)) return refuse('Give one phone number, not two.');
  const phone = readPhone(text);
  if (!phone?.isValid()) return refuse('This is not a valid phone number; give the area code too.');
  return accept(phone.number, phone.ext === undefined ? undefined : 'The extension was dropped.');
}

const EMAIL_MAX = 254;
const emailSchema = z.email();

/** One address without a display name. Its case is kept: the owner logs in with it. */
export function parseEmail(input: string): Parsed {
  const value = input.trim();
  if (value === '') return refuse('The e-mail address is empty.');
  if (value.length > EMAIL_MAX) return refuse(`An e-mail address has at most ${EMAIL_MAX} characters.`);
  return emailSchema.safeParse(value).success
    ? accept(value)
    : refuse('This is not one plain e-mail address (without a name beside it).');
}

export function parsePostcode(input: string): Parsed {
  const value = input.trim();
  return /^\d{4}$/.test(value) ? accept(value) : refuse('A New Zealand postcode has 4 digits.');
}

/** `#RRGGBB`, in upper case. */
export function parseColour(input: string): Parsed {
  const value = input.trim();
  return /^#[0-9a-f]{6}$/i.test(value) ? accept(value.toUpperCase()) : refuse('Give the colour as #RRGGBB.');
}
