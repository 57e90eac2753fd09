/**
 * Runs in the terminal: `load DIRECTORY typing|flood|slow|idle`. Prints numbered lines, answers every token it reads with a line,
 * and records out of band what it printed and read: DIRECTORY/typed, and DIRECTORY/printed at the end. Ends when
 * DIRECTORY/stop is there.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { BEGIN, END } from '../client/output-check';
import { TOKEN_END } from '../input-check';

const TICK_MS = 10;
const SLOW_TICK_MS = 500;
const LOOK_FOR_STOP_MS = 50;
/** So long that a flood is not all line numbers, and short enough that every kill falls into another line. */
const FLOOD_LINE = 'the quick brown fox jumps over the lazy dog, again and again and again and again';
const FLOOD_LINES_A_TURN = 200;
const FULL_PTY_RETRY_MS = 1;

const [directory = '.', mode] = process.argv.slice(2);
const typedFd = fs.openSync(path.join(directory, 'typed'), 'w');
const hash = createHash('sha256');
const sleeper = new Int32Array(new SharedArrayBuffer(4));
let printedBytes = 0;
let lines = 0;
let unfinished = '';

/** Every byte, also when the terminal takes only some of them now. */
function print(text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  hash.update(bytes);
  printedBytes += bytes.length;
  for (let done = 0; done < bytes.length;) {
    try {
      done += fs.writeSync(1, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(sleeper, 0, 0, FULL_PTY_RETRY_MS);
    }
  }
}

function line(text: string): string {
  return `${lines++} ${text}\n`;
}

function flood(): void {
  let block = '';
  for (let count = 0; count < FLOOD_LINES_A_TURN; count++) block += line(FLOOD_LINE);
  print(block);
}

function answer(input: Buffer): void {
  fs.writeSync(typedFd, input);
  const tokens = (unfinished + input.toString('latin1')).split(TOKEN_END);
  unfinished = tokens.pop() ?? '';
  let text = '';
  for (const token of tokens) text += line(`e${token}`);
  if (text !== '') print(text);
}

function finish(): void {
  print(line(END.trimEnd()));
  const record = { bytes: printedBytes, sha256: hash.digest('hex') };
  fs.writeFileSync(path.join(directory, 'printed.new'), JSON.stringify(record));
  fs.renameSync(path.join(directory, 'printed.new'), path.join(directory, 'printed'));
  process.exit(0);
}

fs.writeFileSync(path.join(directory, 'pid'), String(process.pid));
print(BEGIN);
lines = 1;
process.stdin.on('data', answer);
setInterval(() => {
  if (fs.existsSync(path.join(directory, 'stop'))) finish();
}, LOOK_FOR_STOP_MS);
if (mode === 'flood') {
  const turn = (): void => {
    flood();
    setImmediate(turn);
  };
  turn();
} else if (mode !== 'idle') {
  setInterval(() => print(line('t')), mode === 'slow' ? SLOW_TICK_MS : TICK_MS);
}
