import { spawn } from 'node:child_process';
import http from 'node:http';
import { text } from 'node:stream/consumers';

const DEFAULT_TIMEOUT_S = 60;
/** Measured: a hook does not get them, whatever it is allowed. */
const CREDENTIALS = ['ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_API_KEY'];

/** Tells whoever asked for it in the settings what happens, over HTTP or by running a program. */
export class Hooks {
  constructor(settings, transcript) {
    this.settings = settings;
    this.transcript = transcript;
  }

  /**
   * The answers of all hooks of an event, as they come: the first that says something is the one. An aborted hook says nothing, one
   * that cannot be reached does neither.
   */
  async run(event, data = {}, signal = undefined) {
    const { sessionId, file } = this.transcript;
    const body = JSON.stringify({
      ...{ session_id: sessionId, transcript_path: file, cwd: process.cwd(), permission_mode: 'default' },
      ...{ hook_event_name: event, ...data },
    });
    const hooks = this.settings
      .hooks(event)
      .filter(({ matcher }) => !matcher || matcher === '*' || new RegExp(`^(?:${matcher})$`).test(data.tool_name ?? ''))
      .flatMap(({ hooks: list }) => list)
      // Measured: SessionStart never came over HTTP.
      .filter(({ type }) => type === 'command' || event !== 'SessionStart');
    const answers = hooks.map((hook) => this.#call(hook, body, signal).catch(() => undefined));
    const says = answers.map(
      async (answer) => (await answer)?.hookSpecificOutput ?? Promise.reject(new Error('says nothing')),
    );
    return Promise.any(says).catch(() => undefined);
  }

  async #call(hook, body, signal) {
    const timeout = AbortSignal.timeout((hook.timeout ?? DEFAULT_TIMEOUT_S) * 1000);
    const both = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    const said = hook.type === 'http' ? await this.#post(hook, body, both) : await this.#execute(hook, body, both);
    return said.trim().startsWith('{') ? JSON.parse(said) : undefined;
  }

  #post({ url, headers = {}, allowedEnvVars = [] }, body, signal) {
    const filled = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace(/\$\{?(\w+)\}?/g, (_, variable) =>
        allowedEnvVars.includes(variable) && !CREDENTIALS.includes(variable) ? (this.settings.env[variable] ?? '') : '',
      ),
    ]);
    return new Promise((resolve, reject) => {
      const request = http.request(url, {
        method: 'POST',
        signal,
        headers: {
          ...Object.fromEntries(filled),
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      });
      request.on('response', (response) =>
        text(response).then(response.statusCode < 300 ? resolve : () => resolve(''), reject),
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  #execute({ command }, body, signal) {
    const child = spawn('/bin/sh', ['-c', command], {
      env: this.settings.env,
      signal,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.stdin.end(body);
    return text(child.stdout);
  }
}
