/** What the doctor says of one thing. */
export interface Finding {
  /** The same in every run, for those who read the JSON. */
  check: string;
  status: 'ok' | 'warn' | 'fail';
  /** What is so, or what is wrong and how it is mended. Never a value of a secret, nor another system's own words. */
  sentence: string;
}

export type Check = () => Promise<Finding[]> | Finding[];

export const ok = (check: string, sentence: string): Finding => ({ check, status: 'ok', sentence });
export const warn = (check: string, sentence: string): Finding => ({ check, status: 'warn', sentence });
export const fail = (check: string, sentence: string): Finding => ({ check, status: 'fail', sentence });

/** One that breaks off is a finding too: the others are made all the same. */
export async function found(check: string, make: Check): Promise<Finding[]> {
  try {
    return await make();
  } catch (error) {
    return [fail(check, `could not be checked (${error instanceof Error ? error.name : 'unknown'})`)];
  }
}
