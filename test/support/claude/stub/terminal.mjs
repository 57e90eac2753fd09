import { VERSION } from './arguments.mjs';
import { Dialog } from './dialog.mjs';

/** The second press of a key that leaves has to follow so soon. */
const AGAIN_MS = 1_000;
/** A hook may take so long when the process ends. */
const LAST_WORD_MS = 500;
const SIGNALS = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 };

/** The keys of the user, and how all this begins and ends. */
export class Terminal {
  constructor(conversation, screen, sessionFile, hooks) {
    this.conversation = conversation;
    this.screen = screen;
    this.sessionFile = sessionFile;
    this.hooks = hooks;
    this.leaving = { key: undefined, at: 0 };
  }

  start(source) {
    const { screen, conversation, sessionFile } = this;
    // A terminal that is gone does not keep it from saying that it ends.
    process.stdout.on('error', () => undefined);
    for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => void this.#end(code, 'other'));
    screen.start(VERSION);
    this.#showHistory();
    sessionFile.write('idle');
    void this.hooks.run('SessionStart', { source });
    const { trusted, keyAccepted } = conversation.settings;
    if (!trusted)
      void this.#first(['Do you trust the files in this folder?'], 'Is this a project you trust?', 'No, exit');
    else if (!keyAccepted)
      void this.#first(['Detected a custom API key in your environment'], 'Do you want to use it?', 'No (recommended)');
  }

  onKey(key) {
    const { screen } = this;
    if (screen.dialog) screen.dialog.onKey(key);
    else this.#edit(key);
    screen.paint();
  }

  #edit({ name, text }) {
    const { screen, conversation } = this;
    if (name === 'text') screen.input += text;
    if (name === 'backspace') screen.input = screen.input.slice(0, -1);
    if (name === 'escape') conversation.interrupt();
    if (name === 'enter') this.#enter();
    if (name === 'ctrl-c' && conversation.turn) conversation.interrupt();
    else if (name === 'ctrl-c' || name === 'ctrl-d') this.#leave(name);
  }

  #enter() {
    const { screen, conversation } = this;
    const typed = screen.input.trim();
    screen.input = '';
    if (typed === '') return;
    if (typed === '/exit' || typed === '/quit') return void this.#end(0, 'prompt_input_exit');
    if (typed === '/clear') return void conversation.clear();
    if (typed.startsWith('/')) return screen.say('', `❯ ${typed}`, `  ⎿  Unknown command: ${typed}`);
    conversation.submit(typed);
  }

  #leave(key) {
    const { screen } = this;
    const again = this.leaving.key === key && Date.now() - this.leaving.at < AGAIN_MS;
    if (again) return void this.#end(0, 'prompt_input_exit');
    this.leaving = { key, at: Date.now() };
    screen.input = '';
    screen.show('', `Press ${key} again to exit`);
  }

  /** What a machine where nobody looks must never get to: Enter is the wrong answer. */
  async #first(lines, question, first) {
    const { screen } = this;
    screen.dialog = new Dialog(lines, question, [first, 'Yes']);
    const answer = await screen.dialog.chosen;
    screen.dialog = undefined;
    if (answer !== 1) await this.#end(1, 'other');
    screen.paint();
  }

  #showHistory() {
    const { screen, conversation } = this;
    for (const { role, content } of conversation.transcript.messages) {
      const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
      for (const { type, text } of blocks)
        if (type === 'text') screen.say('', `${role === 'user' ? '❯' : '●'} ${text}`);
    }
  }

  async #end(code, reason) {
    const { screen, sessionFile } = this;
    screen.end();
    sessionFile.remove();
    await this.hooks.run('SessionEnd', { reason }, AbortSignal.timeout(LAST_WORD_MS));
    process.exit(code);
  }
}
