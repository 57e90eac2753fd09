import { parseArgs } from 'node:util';

export const SCENARIOS = ['circuit-breaker', 'session-reuse', 'performance', 'legacy-ids', 'deploy'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

export interface Options {
  readonly scenarios: readonly ScenarioName[];
  readonly url: string;
  readonly token: string | undefined;
  readonly email: string | undefined;
  readonly password: string | undefined;
  readonly projectId: string;
  readonly runs: number;
  /** What restarts the server, as a program and its arguments. */
  readonly restart: readonly string[];
  /** Where the server's endpoints.json is: the scenario `deploy` sends its process SIGHUP. */
  readonly dataDir: string | undefined;
  readonly help: boolean;
}

export const USAGE = `usage: npm run test:reconnection -- --scenario=NAME --url URL (--token TOKEN | --email EMAIL --password PASSWORD)
  --scenario         ${SCENARIOS.join(', ')}, or all (everything but deploy)
  --url              the server's address (default http://127.0.0.1:4110)
  --project          a project whose sessions may be made (default "default")
  --runs N           cuts, samples (default 10)
  --restart-command  deploy: the program that rolls the server, with arguments, separated by spaces
  --data-dir         deploy: the DATA_DIR of a server on this machine; its supervisor is told to roll`;

/** Throws an Error whose message is one sentence. */
export function parseOptions(argv: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      scenario: { ...text, default: 'all' },
      url: { ...text, default: 'http://127.0.0.1:4110' },
      project: { ...text, default: 'default' },
      runs: { ...text, default: '10' },
      token: text,
      email: text,
      password: text,
      'restart-command': text,
      'data-dir': text,
      help: { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > 1000) throw new Error('--runs is an integer from 1 to 1000.');
  const named = SCENARIOS.filter((name) => name === values.scenario);
  if (named.length === 0 && values.scenario !== 'all') throw new Error(`There is no scenario ${values.scenario}.`);
  if (!values.help && values.token === undefined && (values.email === undefined || values.password === undefined)) {
    throw new Error('Say who you are: --token, or --email and --password.');
  }
  return {
    scenarios: named.length > 0 ? named : SCENARIOS.filter((name) => name !== 'deploy'),
    url: values.url.replace(/\/+$/, ''),
    token: values.token,
    email: values.email,
    password: values.password,
    projectId: values.project,
    runs,
    restart: values['restart-command']?.split(' ').filter((word) => word !== '') ?? [],
    dataDir: values['data-dir'],
    help: values.help,
  };
}
