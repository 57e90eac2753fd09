// ask-terminal.mjs OUTPUT UNTIL [FILE]: as a program that asks its terminal something. Once FILE exists it prints OUTPUT, collects what is
// typed until that ends with UNTIL, and says what it was: heard<…> in hexadecimal. OUTPUT and UNTIL are in base64.
import fs from 'node:fs';

const POLL_MS = 20;
const [output, until] = process.argv.slice(2, 4).map((text) => Buffer.from(text, 'base64'));
const file = process.argv[4];

process.stdin.setRawMode(true);
let heard = Buffer.alloc(0);
process.stdin.on('data', (chunk) => {
  heard = Buffer.concat([heard, chunk]);
  if (!heard.subarray(-until.length).equals(until)) return;
  process.stdin.setRawMode(false);
  process.stdout.write(`heard<${heard.toString('hex')}>\n`, () => process.exit());
});
process.stdout.write('<waiting>\n');

function ask() {
  if (file && !fs.existsSync(file)) setTimeout(ask, POLL_MS);
  else process.stdout.write(Buffer.concat([output, Buffer.from('<asked>\n')]));
}
ask();
