/** `npm run replay:record`: runs the scenarios on a real server and keeps their histories. */
const base = require('../../jest.config.js');

module.exports = { ...base, rootDir: '../..', testMatch: ['<rootDir>/test/replay/record.ts'] };
