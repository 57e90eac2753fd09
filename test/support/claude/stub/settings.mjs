import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UsageError } from './arguments.mjs';

const MANAGED = '/etc/claude-code/managed-settings.json';
/** What a host that manages the provider does not let the settings of a project or a user change. */
const OF_THE_HOST = /^(ANTHROPIC_(BASE_URL|AUTH_TOKEN|API_KEY|UNIX_SOCKET)|https?_proxy|all_proxy)$/i;

/** Settings by their source, the strongest last; and the environment that comes out of them. */
export class Settings {
  constructor(layers, config, configDirectory) {
    this.layers = layers;
    this.config = config;
    this.configDirectory = configDirectory;
    this.env = environmentOf(layers);
    this.allowed = layers.flatMap(({ values }) => values.permissions?.allow ?? []);
  }

  static load(flag) {
    const configDirectory = process.env.CLAUDE_CONFIG_DIR ?? path.join(os.homedir(), '.claude');
    const project = path.join(process.cwd(), '.claude');
    const layers = [
      { source: 'user', values: read(path.join(configDirectory, 'settings.json')) },
      { source: 'project', values: read(path.join(project, 'settings.json')) },
      { source: 'local', values: read(path.join(project, 'settings.local.json')) },
      { source: 'flag', values: flag === undefined ? undefined : readFlag(flag) },
      { source: 'managed', values: read(MANAGED) },
    ];
    const configFile = path.join(process.env.CLAUDE_CONFIG_DIR ?? os.homedir(), '.claude.json');
    return new Settings(
      layers.filter(({ values }) => values !== undefined),
      read(configFile) ?? {},
      configDirectory,
    );
  }

  get onboarded() {
    return this.config.hasCompletedOnboarding === true;
  }

  /** The working directory or one above it was accepted. */
  get trusted() {
    if (process.env.CLAUDE_CODE_SANDBOXED === '1') return true;
    const accepted = Object.entries(this.config.projects ?? {})
      .filter(([, project]) => project.hasTrustDialogAccepted === true)
      .map(([directory]) => directory);
    const here = process.cwd();
    return accepted.some((directory) => here === directory || here.startsWith(directory.replace(/\/?$/, '/')));
  }

  /** A key in ANTHROPIC_API_KEY is asked about until it was approved by its end; a token is not. */
  get keyAccepted() {
    const key = this.env.ANTHROPIC_API_KEY;
    if (key === undefined || this.env.ANTHROPIC_AUTH_TOKEN !== undefined) return true;
    return (this.config.customApiKeyResponses?.approved ?? []).includes(key.slice(-20));
  }

  get model() {
    return this.value('model') ?? this.env.ANTHROPIC_MODEL ?? 'claude-sonnet-4-5-20250929';
  }

  /** The strongest source that says anything about it. */
  value(name) {
    return this.layers.findLast(({ values }) => values[name] !== undefined)?.values[name];
  }

  /** Hooks of one event. Who switches all off switches off all but the managed ones. */
  hooks(event) {
    const isManaged = ({ source }) => source === 'managed';
    const others = this.layers.filter((layer) => !isManaged(layer));
    const off = others.findLast(({ values }) => values.disableAllHooks !== undefined)?.values.disableAllHooks === true;
    const managed = this.layers.find(isManaged);
    const onlyManaged = off || managed?.values.allowManagedHooksOnly === true;
    const counted = onlyManaged ? this.layers.filter(isManaged) : this.layers;
    return counted.flatMap(({ values }) => values.hooks?.[event] ?? []);
  }
}

function environmentOf(layers) {
  const env = { ...process.env };
  const hostDecides = process.env.CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST === '1';
  for (const { source, values } of layers) {
    const trusted = source === 'flag' || source === 'managed';
    for (const [name, value] of Object.entries(values.env ?? {})) {
      if (hostDecides && !trusted && OF_THE_HOST.test(name)) continue;
      env[name] = String(value);
    }
  }
  return env;
}

function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function readFlag(flag) {
  if (flag.trim().startsWith('{')) return JSON.parse(flag);
  if (!fs.existsSync(flag)) throw new UsageError(`Error: Settings file not found: ${flag}`);
  return JSON.parse(fs.readFileSync(flag, 'utf8'));
}
