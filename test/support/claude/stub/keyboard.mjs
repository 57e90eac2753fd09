/** An escape that nothing followed in this time was the key. */
const ESCAPE_MS = 40;
const NAMES = { '\r': 'enter', '\x7f': 'backspace', '\b': 'backspace', '\x03': 'ctrl-c', '\x04': 'ctrl-d' };
const ARROWS = { '\x1b[A': 'up', '\x1b[B': 'down', '\x1bOA': 'up', '\x1bOB': 'down' };
/* eslint-disable no-control-regex -- keys are what this reads */
const PASTE = /^\x1b\[200~([\s\S]*?)\x1b\[201~/;
/** Keys with a sequence, reports of the mouse and the focus, and what a terminal answers to queries. */
const SEQUENCE = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|\][^\x07\x1b]*(?:\x07|\x1b\\)|[P_^][^\x1b]*\x1b\\)/;
const UNFINISHED = /^\x1b(?:\[[0-?]*[ -/]*|O|\][^\x07]*|[P_^][^\x1b]*)$/;
const TEXT = /^[^\x00-\x1f\x7f]+/;
/* eslint-enable no-control-regex */

/** Keys out of what a terminal sends. */
export class Keyboard {
  constructor(input, onKey) {
    this.onKey = onKey;
    this.rest = '';
    this.timer = undefined;
    input.setRawMode(true);
    input.setEncoding('utf8');
    input.on('data', (chunk) => this.#take(chunk));
  }

  #take(chunk) {
    clearTimeout(this.timer);
    this.rest += chunk;
    while (this.rest !== '') {
      const length = this.#next();
      if (length === 0) break;
      this.rest = this.rest.slice(length);
    }
    if (this.rest !== '')
      this.timer = setTimeout(() => {
        const wasEscape = this.rest.startsWith('\x1b');
        this.rest = '';
        if (wasEscape) this.onKey({ name: 'escape' });
      }, ESCAPE_MS);
  }

  /** How many characters were understood; 0: more have to come. */
  #next() {
    const { rest } = this;
    const paste = PASTE.exec(rest);
    if (paste) return this.#key(paste[0], { name: 'text', text: paste[1].replaceAll('\r', '\n') });
    if (rest.startsWith('\x1b[200~')) return 0;
    const sequence = SEQUENCE.exec(rest);
    if (sequence) return this.#key(sequence[0], ARROWS[sequence[0]] && { name: ARROWS[sequence[0]] });
    if (rest === '\x1b' || UNFINISHED.test(rest)) return 0;
    if (rest.startsWith('\x1b')) return this.#key('\x1b', { name: 'escape' });
    const typed = TEXT.exec(rest);
    if (typed) return this.#key(typed[0], { name: 'text', text: typed[0] });
    return this.#key(rest[0], NAMES[rest[0]] && { name: NAMES[rest[0]] });
  }

  #key(characters, key) {
    if (key) this.onKey(key);
    return characters.length;
  }
}
