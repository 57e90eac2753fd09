const TITLE_MS = 960;
/** Frames closer than this are one. */
const FRAME_MS = 16;
const ENTER = '\x1b[?1049h\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h';
const LEAVE = '\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1049l';
/** Asked at the start: attributes, and the colour of the background. What comes back is not waited for. */
const QUERIES = '\x1b[c\x1b]11;?\x07';

/** What is on the screen: what was said, what is being said, a dialog or the prompt. Painted whole. */
export class Screen {
  constructor(out, classic) {
    this.out = out;
    this.classic = classic;
    this.said = [];
    this.live = [];
    this.status = '';
    this.dialog = undefined;
    this.input = '';
    this.topic = 'Claude Code';
    this.ticker = undefined;
    this.frame = undefined;
  }

  start(version) {
    this.out.write(`${this.classic ? '' : ENTER}\x1b[?2004h\x1b[?1004h${QUERIES}`);
    this.out.on('resize', () => this.paint());
    this.say(`Claude Code v${version} (stub)`, '');
    this.idle();
  }

  say(...lines) {
    this.said.push(...lines.flatMap((line) => line.split('\n')));
    this.paint();
  }

  show(live, status = this.status) {
    this.live = live === '' ? [] : live.split('\n');
    this.status = status;
    this.paint();
  }

  working() {
    if (this.ticker) return;
    let tick = 0;
    const tell = () => this.#title(`${tick++ % 2 === 0 ? '◐' : '◑'} ${this.topic}`);
    tell();
    this.ticker = setInterval(tell, TITLE_MS);
  }

  /** Waits for its user: for a prompt, or for an answer. */
  idle() {
    clearInterval(this.ticker);
    this.ticker = undefined;
    this.#title(`✳ ${this.topic}`);
    this.paint();
  }

  clear() {
    this.said = [];
    this.show('', '');
  }

  end() {
    clearInterval(this.ticker);
    clearTimeout(this.frame);
    this.#draw();
    this.out.write(`\x1b[?1004l\x1b[?2004l${this.classic ? '' : LEAVE}\x1b]0;\x07`);
  }

  paint() {
    this.frame ??= setTimeout(() => {
      this.frame = undefined;
      this.#draw();
    }, FRAME_MS);
  }

  #draw() {
    const { columns, rows } = this.out;
    const wrapped = [
      ...this.said,
      ...this.live,
      ...(this.status === '' ? [] : [this.status]),
      ...this.#below(columns),
    ].flatMap((line) => wrap(line, columns));
    const shown = wrapped.slice(-rows);
    this.out.write(`\x1b[?2026h\x1b[H${shown.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J\x1b[?2026l`);
  }

  #below(columns) {
    const rule = '─'.repeat(columns);
    if (!this.dialog) return ['', rule, ...`❯ ${this.input}`.split('\n'), rule, '  ? for shortcuts · manual mode on'];
    const { lines, question, options, selected } = this.dialog;
    const choices = options.map((option, i) => `${i === selected ? '❯' : ' '} ${i + 1}. ${option}`);
    return ['', rule, ...lines, question, ...choices, '', 'Esc to cancel'];
  }

  #title(title) {
    this.out.write(`\x1b]0;${title}\x07`);
  }
}

function wrap(line, columns) {
  const characters = [...line];
  if (characters.length <= columns) return [line];
  return Array.from({ length: Math.ceil(characters.length / columns) }, (_, i) =>
    characters.slice(i * columns, (i + 1) * columns).join(''),
  );
}
