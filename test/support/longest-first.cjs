const path = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * These take a minute or more each, longest first. Jest goes by the size of the files until it has seen them run once, and a long suite
 * that begins last keeps one worker busy while the others have nothing to do.
 */
const LONG = [
  'test/e2e/chaos.spec.ts',
  'test/e2e/survival.spec.ts',
  'test/e2e/console.spec.ts',
  'test/simulation/simulation.spec.ts',
  'test/e2e/rolling-restart.spec.ts',
  'test/security/injection.spec.ts',
  'test/e2e/resume.spec.ts',
  'test/e2e/supervisor.spec.ts',
  'test/security/surface.spec.ts',
  'test/security/resources.spec.ts',
  'test/security/two-factor.spec.ts',
  'test/e2e/tools.spec.ts',
  'test/e2e/pty-host.spec.ts',
  'test/e2e/search.spec.ts',
];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const turn = (test) => {
      const at = LONG.indexOf(path.relative(test.context.config.rootDir, test.path));
      return at < 0 ? LONG.length : at;
    };
    return super.sort(tests).sort((a, b) => turn(a) - turn(b));
  }
};
