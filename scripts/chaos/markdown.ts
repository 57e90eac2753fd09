import fs from 'node:fs';

const FROM = '<!-- chaos: from here';
const TO = '<!-- chaos: to here -->';

/** Puts a table between the markers of a document. */
export function rewriteTable(file: string, table: string): void {
  const text = fs.readFileSync(file, 'utf8');
  const from = text.indexOf(FROM);
  const to = text.indexOf(TO);
  const start = text.indexOf('\n', from);
  if (from < 0 || to < 0 || start > to)
    throw new Error(`${file} has no place for the table: "${FROM} … -->" and "${TO}".`);
  fs.writeFileSync(file, `${text.slice(0, start)}\n\n${table}\n\n${text.slice(to)}`);
}
