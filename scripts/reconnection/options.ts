import { parseArgs } from 'node:util';
import { addressOf } from '../tools/address';
import type { Credentials } from '../tools/rest-api';

export const SCENARIOS = ['circuit-breaker', 'session-reuse', 'performance', 'legacy-ids', 'deploy'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

export interface Options {
  readonly scenarios: readonly ScenarioName[];
  readonly url: string;
  readonly credentials: Credentials;
  readonly projectId: string;
  readonly runs: number;
  /** What restarts the server, as a program and its arguments. */
  readonly restart: readonly string[];
  /** Of a server on this machine: the scenario `deploy` rolls it as `npm run restart` does. */
  readonly dataDir: string | undefined;
}

export const USAGE = `usage: npm run test:reconnection -- --scenario=NAME (--token TOKEN | --email EMAIL --password PASSWORD)
  --scenario         ${SCENARIOS.join(', ')},
                     or all (deploy only if the server can be rolled from here)
  --url              the server's address; otherwise that of the server in --data-dir
  --data-dir         where its endpoints.json is (default DATA_DIR, unless --url is given); deploy rolls this server
  --project          a project whose sessions may be made (default "default")
  --runs N           cuts, samples (default 10)
  --restart-command  deploy: the program that rolls the server, with arguments, separated by spaces`;

/** `undefined`: only the usage was asked for. Throws an Error whose message is one sentence. */
export function parseOptions(argv: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      scenario: { ...text, default: 'all' },
      url: text,
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
  if (values.help) return undefined;
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > 1000) throw new Error('--runs is an integer from 1 to 1000.');
  const named = SCENARIOS.filter((name) => name === values.scenario);
  if (named.length === 0 && values.scenario !== 'all') throw new Error(`There is no scenario ${values.scenario}.`);
  const restart = values['restart-command']?.split(' ').filter((word) => word !== '') ?? [];
  const { url, dataDir } = addressOf({ url: values.url, dataDir: values['data-dir'] });
  const canRoll = dataDir !== undefined || restart.length > 0;
  const { token, email, password } = values;
  return {
    scenarios: named.length > 0 ? named : SCENARIOS.filter((name) => name !== 'deploy' || canRoll),
    url,
    credentials: { token, email, password },
    projectId: values.project,
    runs,
    restart,
    dataDir,
  };
}
