/**
 * How much a test plays. Everybody waits for each test run, so the costly ones play a part of what they are meant for; `npm run test:full`
 * plays all of it.
 */
const IS_FULL = process.env['TEST_SIZE'] === 'full';

export const sized = <T>(usual: T, full: T): T => (IS_FULL ? full : usual);
