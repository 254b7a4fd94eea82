/** The part of a command's body that says why; the API takes no empty text for a reason. */
export const because = (reason: string): { reason?: string } => (reason === '' ? {} : { reason });
