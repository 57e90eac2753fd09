import { ApiError, textOf } from './messages-api.mjs';
import { Permissions } from './permissions.mjs';
import { runTool } from './tools.mjs';

const INTERRUPTED = '[Request interrupted by user]';
const REJECTED = "The user doesn't want to proceed with this tool use.";

/** The user wants something else than what is being done. */
class Interrupt extends Error {}

/** Prompts and what becomes of them, one after the other. */
export class Conversation {
  constructor(parts) {
    Object.assign(this, parts);
    this.permissions = new Permissions(parts);
    this.waiting = [];
    this.turn = undefined;
  }

  /** A prompt that comes during another waits for it. */
  submit(prompt) {
    if (this.turn) {
      this.waiting.push(prompt);
      this.screen.show(this.screen.live.join('\n'), 'Queued · ctrl+x ctrl+s to send now');
      return;
    }
    this.turn = new AbortController();
    void this.#run(prompt, this.turn.signal);
  }

  interrupt() {
    this.turn?.abort(new Interrupt());
  }

  async clear() {
    await this.hooks.run('SessionEnd', { reason: 'clear' });
    this.transcript.restart();
    this.screen.clear();
    this.sessionFile.write('idle');
    await this.hooks.run('SessionStart', { source: 'clear' });
  }

  async #run(prompt, signal) {
    const { screen, sessionFile, hooks, transcript } = this;
    screen.say('', `❯ ${prompt}`);
    screen.working();
    sessionFile.write('busy');
    await hooks.run('UserPromptSubmit', { prompt });
    transcript.add('user', prompt);
    try {
      const said = await this.#turns(signal);
      await hooks.run('Stop', { stop_hook_active: false, last_assistant_message: said, background_tasks: [] });
    } catch (error) {
      await this.#failed(error, signal);
    }
    this.turn = undefined;
    screen.show('', '');
    const next = this.waiting.shift();
    if (next !== undefined) return this.submit(next);
    screen.idle();
    sessionFile.write('idle');
  }

  /** Asks and does what the model wants until it wants nothing more; returns what it said last. */
  async #turns(signal) {
    const { screen, transcript, hooks, api } = this;
    for (;;) {
      this.partial = '';
      const blocks = await api.ask(signal, {
        text: (text) => screen.show(`● ${(this.partial = text)}`, ''),
        restart: () => (this.partial = ''),
        retry: (attempt, of, seconds) =>
          screen.show('', `✻ API error · retrying in ${Math.ceil(seconds)}s · attempt ${attempt}/${of}`),
      });
      this.partial = '';
      screen.show('', '');
      transcript.add('assistant', blocks);
      const said = textOf(blocks);
      if (said !== '') screen.say('', `● ${said}`);
      const uses = blocks.filter(({ type }) => type === 'tool_use');
      if (uses.length === 0) return said;
      const results = [];
      for (const use of uses) results.push(await this.#use(use, signal));
      await hooks.run('PostToolBatch', {
        tool_calls: uses.map(({ id, name }) => ({ tool_use_id: id, tool_name: name })),
      });
      transcript.add('user', results);
    }
  }

  async #use(use, signal) {
    const { screen, transcript, hooks, settings } = this;
    const { id, name, input } = use;
    const result = (content, failed) => ({ type: 'tool_result', tool_use_id: id, content, is_error: failed });
    const about = { tool_name: name, tool_input: input, tool_use_id: id };
    const before = await hooks.run('PreToolUse', about);
    const decision = before?.permissionDecision;
    if (decision === 'deny') return result(before.permissionDecisionReason ?? 'denied by a hook', true);
    const answer = decision === 'allow' ? { behavior: 'allow', input } : await this.permissions.ask(use, signal);
    if (answer.behavior === 'deny') {
      screen.say('', `● ${name}`, `  ⎿  ${answer.message}`);
      return result(answer.message, true);
    }
    if (answer.behavior === 'interrupt') {
      transcript.add('user', [result(REJECTED, true)]);
      throw new Interrupt();
    }
    const { content, failed } = await this.#perform(name, answer.input, settings.env, signal);
    screen.say('', `● ${name}(${input.command ?? input.file_path ?? ''})`, `  ⎿  ${content}`);
    await hooks.run(failed ? 'PostToolUseFailure' : 'PostToolUse', { ...about, tool_response: content });
    return result(content, failed);
  }

  async #perform(name, input, env, signal) {
    if (name !== 'AskUserQuestion') return runTool({ name, input }, env, signal);
    const answers = Object.entries(input.answers ?? {}).map(([question, answer]) => `"${question}"="${answer}"`);
    return { content: `User has answered your questions: ${answers.join(', ')}.`, failed: false };
  }

  async #failed(error, signal) {
    const { screen, transcript, hooks } = this;
    if (error instanceof Interrupt || signal.aborted) {
      if (this.partial !== '') {
        transcript.add('assistant', [{ type: 'text', text: this.partial }]);
        screen.say('', `● ${this.partial}`);
      }
      transcript.add('user', [{ type: 'text', text: INTERRUPTED }]);
      // No hook says so.
      return screen.say('  ⎿  Interrupted · What should Claude do instead?');
    }
    const status = error.status ?? 0;
    const text = `API Error: ${status === 0 ? 'Connection error.' : `${status} ${error.message}`}`;
    screen.say('', status === 401 || status === 403 ? `Please run /login · ${text}` : text);
    await hooks.run('StopFailure', { error: kindOf(error), error_details: error.message });
  }
}

function kindOf(error) {
  const { status = 0 } = error;
  if (status === 429) return 'rate_limit';
  if (status === 401 || status === 403) return 'authentication_failed';
  if (error instanceof ApiError && (status === 402 || /credit balance/.test(error.message))) return 'billing_error';
  return status >= 500 ? 'server_error' : 'unknown';
}
