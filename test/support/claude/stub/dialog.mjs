/** Keys that come sooner were meant for something else. */
const DEAF_MS = 300;

/** Something the user chooses from; `chosen` is the number of the option, or -1 for Escape. */
export class Dialog {
  constructor(lines, question, options) {
    this.lines = lines;
    this.question = question;
    this.options = options;
    this.selected = 0;
    this.since = Date.now();
    this.answer = undefined;
    this.chosen = new Promise((resolve) => (this.choose = (answer) => resolve((this.answer ??= answer))));
  }

  onKey({ name, text }) {
    if (Date.now() - this.since < DEAF_MS) return;
    if (name === 'escape' || name === 'ctrl-c') this.choose(-1);
    if (name === 'enter') this.choose(this.selected);
    if (name === 'up') this.selected = Math.max(0, this.selected - 1);
    if (name === 'down') this.selected = Math.min(this.options.length - 1, this.selected + 1);
    const digit = Number(text?.[0]);
    if (digit >= 1 && digit <= this.options.length) this.choose(digit - 1);
  }
}
