/** Runs the simulator's process entry from its sources: each .ts file is transpiled when it is loaded. */
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const source = readFileSync(filename, 'utf8');
  const options = {
    filename,
    module: { type: 'commonjs' },
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  };
  module._compile(transformSync(source, options).code, filename);
};

process.argv[1] = require.resolve('../../../dev/simulator/main.ts');
require('node:module').runMain();
