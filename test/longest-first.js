/** Suites that take minutes begin first, so that none of them is left alone at the end. A fresh clone does not know how long each took. */
const Sequencer = require('@jest/test-sequencer').default;

/** Parts of paths, the slowest kind first. */
const SLOWEST = [
  // Waits out leases: mostly idle, so it costs nothing beside others.
  '/limits/account-gate',
  '/test/e2e/',
  '/test/console/',
  'step-6-properties',
  '/account-setup/resets',
  '/test/replay/',
  '/test/integration/',
  '/test/unit/workflows/',
];

const rank = ({ path }) => {
  const found = SLOWEST.findIndex((part) => path.includes(part));
  return found < 0 ? SLOWEST.length : found;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    // What is known of former runs, or the size of the file, decides within a kind.
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
};
