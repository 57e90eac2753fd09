import fs from 'node:fs';
import path from 'node:path';

/** What the shell of every target shows when it is ready; nothing else that a benchmark prints contains it. */
export const PROMPT = 'hfbench> ';

/** What the terminals of a run execute. */
export interface Workload {
  readonly directory: string;
  /** Started by every target in every terminal: the same bash without anybody's start-up files. */
  readonly shell: string;
  readonly ascii: DataFile;
  readonly colour: DataFile;
}

export interface DataFile {
  readonly path: string;
  /** As it comes out of a terminal: every line feed became two bytes. */
  readonly outputBytes: number;
}

/** A block is repeated, so that a file is made quickly; no reader here compresses anything. */
const BLOCK_BYTES = 1024 * 1024;
const SEED = 20_240_229;

export function prepareWorkload(directory: string, bytes: number): Workload {
  const shell = path.join(directory, 'shell');
  fs.writeFileSync(shell, `#!/bin/sh\nHISTFILE= PS1='${PROMPT}' exec /bin/bash --norc --noprofile\n`, { mode: 0o755 });
  return {
    directory,
    shell,
    ascii: writeFile(path.join(directory, 'ascii'), bytes, asciiLine),
    colour: writeFile(path.join(directory, 'colour'), bytes / 2, colourLine),
  };
}

function writeFile(file: string, bytes: number, makeLine: (random: Random) => string): DataFile {
  const random = generator(SEED);
  const lines: string[] = [];
  for (let length = 0; length < BLOCK_BYTES;) {
    const line = `${makeLine(random)}\n`;
    lines.push(line);
    length += Buffer.byteLength(line);
  }
  const block = Buffer.from(lines.join(''));
  const blocks = Math.max(1, Math.round(bytes / block.length));
  const fd = fs.openSync(file, 'w');
  for (let written = 0; written < blocks; written++) fs.writeSync(fd, block);
  fs.closeSync(fd);
  return { path: file, outputBytes: blocks * (block.length + lines.length) };
}

type Random = (below: number) => number;

function asciiLine(random: Random): string {
  let line = '';
  for (let length = 20 + random(100); length > 0; length--) line += String.fromCharCode(0x20 + random(94));
  return line;
}

/** Every word in a colour of its own, in several scripts: what `ls --color`, `git log --graph` and test runners print. */
function colourLine(random: Random): string {
  let line = '';
  for (let words = 3 + random(9); words > 0; words--) {
    const colour = random(2) === 0 ? `38;5;${random(256)}` : `1;38;2;${random(256)};${random(256)};${random(256)}`;
    line += `\x1b[${colour}m${WORDS[random(WORDS.length)]}\x1b[0m `;
  }
  return line;
}

const WORDS = [
  'src/index.ts',
  'naïve',
  'Größe',
  'привет',
  'δοκιμή',
  '終端機',
  '端末',
  '터미널',
  '├──',
  '█▓▒░',
  '🚀',
  '✔',
];

/** mulberry32: the same files on every machine. */
function generator(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
