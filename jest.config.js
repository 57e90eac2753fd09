/** NestJS 12 is ESM-only and Jest 30 cannot require(esm) on Node 20, so these packages go through swc like our own code. */
const esm = [
  '@nestjs/[^/]+', 'file-type', 'strtok3', 'token-types', 'uint8array-extras', '@tokenizer/[^/]+', '@borewit/[^/]+',
  'cache-manager', 'keyv', '@keyv/[^/]+', '@cacheable/[^/]+', 'hookified', 'cacheable', 'lru-cache',
];

const swc = {
  swcrc: false,
  sourceMaps: 'inline',
  module: { type: 'commonjs' },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
};

const shared = {
  testEnvironment: 'node',
  rootDir: __dirname,
  transform: { '\\.(ts|m?js)$': ['@swc/jest', swc] },
  transformIgnorePatterns: [`/node_modules/(?!(${esm.join('|')})/)`],
  moduleNameMapper: {
    '^@holdfast/protocol$': '<rootDir>/packages/protocol/src/index.ts',
    '^@holdfast/client$': '<rootDir>/packages/client/src/index.ts',
    '^@holdfast/emulator-guard$': '<rootDir>/packages/emulator-guard/src/index.ts',
    // A dynamic import has to name the compiled file.
    '^(\\./(?:redis-cache|redis-client|streamed-text))\\.js$': '$1',
  },
};

const withServers = {
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

module.exports = {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{src,config,packages,scripts}/**/*.spec.ts'] },
    {
      ...shared,
      ...withServers,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/security/', '<rootDir>/test/claude/'],
    },
    { ...shared, ...withServers, displayName: 'security', testMatch: ['<rootDir>/test/security/**/*.spec.ts'] },
    // With the real CLI, which only `npm run test:claude` installs.
    { ...shared, ...withServers, displayName: 'claude', testMatch: ['<rootDir>/test/claude/**/*.spec.ts'] },
  ],
  testSequencer: '<rootDir>/test/support/longest-first.cjs',
  // Real servers start in some suites; a suite that hangs must not hang the run.
  testTimeout: 120_000,
};
