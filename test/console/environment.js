/** Node, and a look at the browser as soon as a test of it fails: what a machine far away has shown is gone a moment later. */
const { TestEnvironment } = require('jest-environment-node');

module.exports = class BrowserTestEnvironment extends TestEnvironment {
  async handleTestEvent({ name, test }) {
    if (name === 'test_fn_failure') await this.global.tellWhatIsShown?.(test.name);
  }
};
