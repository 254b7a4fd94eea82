/** New Zealand identifiers and contact data: each `parseX` normalises a text or says why it cannot. */
export * from './parsed';
export * from './business-numbers';
export * from './contact';
