import { Dialog } from './dialog.mjs';
import { describe, isAllowed, suggestionsFor } from './tools.mjs';

/** After this, whoever wants to be told that somebody is waited for is told. */
const NOTIFY_MS = 6_000;
const YES = 0;
const YES_AND_REMEMBER = 1;

/** Asks for what may not simply be done: in the terminal and over the hook at once, and the first answer counts. */
export class Permissions {
  constructor({ settings, screen, sessionFile, hooks }) {
    this.rules = [...settings.allowed];
    this.screen = screen;
    this.sessionFile = sessionFile;
    this.hooks = hooks;
  }

  /** `{ behavior: 'allow', input }`, `{ behavior: 'deny', message }`, or `{ behavior: 'interrupt' }`: the user wants something else. */
  async ask(use, signal) {
    if (use.name === 'AskUserQuestion') return this.#question(use, signal);
    if (isAllowed(use, this.rules)) return { behavior: 'allow', input: use.input };
    const options = ['Yes', 'Yes, and don’t ask again', 'No'];
    const answer = await this.#race(use, new Dialog(describe(use), 'Do you want to proceed?', options), signal);
    if (typeof answer !== 'number') return this.#fromHook(use, answer);
    if (answer === YES_AND_REMEMBER) this.#remember(suggestionsFor(use));
    return answer === YES || answer === YES_AND_REMEMBER
      ? { behavior: 'allow', input: use.input }
      : { behavior: 'interrupt' };
  }

  async #question(use, signal) {
    const { questions } = use.input;
    const [{ question, header, options }] = questions;
    const labels = options.map(({ label, description }) => `${label}  ${description}`);
    const answer = await this.#race(use, new Dialog([`☐ ${header}`, ''], question, labels), signal);
    if (typeof answer !== 'number') return this.#fromHook(use, answer);
    const label = options[answer]?.label;
    if (label === undefined) return { behavior: 'interrupt' };
    return { behavior: 'allow', input: { ...use.input, answers: { [question]: label } } };
  }

  #fromHook(use, { behavior, updatedInput, updatedPermissions = [], message }) {
    if (behavior === 'deny') return { behavior, message: message ?? 'Permission denied by hook' };
    this.#remember(updatedPermissions);
    return { behavior, input: updatedInput ?? use.input };
  }

  #remember(updates) {
    for (const { type, rules = [], behavior } of updates) {
      if (type !== 'addRules' || behavior !== 'allow') continue;
      this.rules.push(
        ...rules.map(({ toolName, ruleContent }) => (ruleContent ? `${toolName}(${ruleContent})` : toolName)),
      );
    }
  }

  async #race(use, dialog, signal) {
    const { screen, sessionFile, hooks } = this;
    const over = new AbortController();
    const notify = () =>
      void hooks.run('Notification', {
        ...{ message: `Claude needs your permission to use ${use.name}`, notification_type: 'permission_prompt' },
      });
    const timer = setTimeout(notify, NOTIFY_MS);
    screen.dialog = dialog;
    screen.idle();
    sessionFile.write('waiting', 'permission prompt');
    const asked = hooks.run(
      'PermissionRequest',
      { tool_name: use.name, tool_input: use.input, permission_suggestions: suggestionsFor(use) },
      over.signal,
    );
    const ended = new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    );
    try {
      // A hook that leaves it to the terminal says nothing.
      const decided = asked.then((said) => said?.decision ?? dialog.chosen);
      return await Promise.race([decided, dialog.chosen, ended]);
    } finally {
      clearTimeout(timer);
      // Measured: after a Yes on the keyboard the hook is left without a word, sometimes for good.
      if (dialog.answer !== YES) over.abort();
      screen.dialog = undefined;
      screen.working();
      sessionFile.write('busy');
    }
  }
}
