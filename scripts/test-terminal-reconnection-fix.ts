/** Checks reconnection against any running server. `npm run test:reconnection -- --help` */
import { circuitBreaker } from './reconnection/circuit-breaker';
import { deploy } from './reconnection/deploy';
import { legacyIds } from './reconnection/legacy-ids';
import { parseOptions, USAGE, type Options, type ScenarioName } from './reconnection/options';
import { performanceOf } from './reconnection/performance';
import { Report } from './reconnection/report';
import { sessionReuse } from './reconnection/session-reuse';
import { Target } from './reconnection/target';

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  const target = await Target.login(options);
  let failed = 0;
  for (const name of options.scenarios) {
    const report = new Report();
    await run(name, target, report, options);
    console.log(`${name}\n${report.render()}\n`);
    failed += report.failed;
  }
  console.log(failed === 0 ? 'Everything is as expected.' : `${failed} checks failed.`);
  return failed === 0 ? 0 : 1;
}

async function run(name: ScenarioName, target: Target, report: Report, options: Options): Promise<void> {
  switch (name) {
    case 'circuit-breaker':
      return circuitBreaker(target, report);
    case 'session-reuse':
      return sessionReuse(target, report, options.runs);
    case 'performance':
      return performanceOf(target, report, options.runs);
    case 'legacy-ids':
      return legacyIds(target, report);
    case 'deploy':
      return deploy(target, report, options);
  }
}

void main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  })
  // A client that would dial again must not keep this running.
  .then((code) => process.exit(code));
