import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support/root';

/** `A-07`, `I-01, I-02`, `X-01…X-24`: at the beginning of a title, before a colon; or in the first cell of the table. */
const NUMBER = /[A-Z]-\d\d/;
const NUMBERS = new RegExp(`^${NUMBER.source}(?:(?:, |…)${NUMBER.source})*$`);
/** The first argument of a call, when it is a string that begins with numbers: `it('A-01: …'`, `it.each(rows)('A-02: %s'`. */
const TITLE = /\(\s*(['"`])([A-Z]-\d\d[^'"`:]*):/g;
/** Has titles as examples. */
const OWN_TEST = 'register.spec.ts';
const SECTION = '## Cases that do not apply';
/** Shorter is no reason. */
const MIN_REASON_CHARACTERS = 20;

/** Numbers with where they are: files of this directory, or the reason why there is nothing to test. */
export interface CaseRegister {
  readonly tested: ReadonlyMap<string, readonly string[]>;
  readonly exempt: ReadonlyMap<string, string>;
}

export function readCaseRegister(): CaseRegister {
  const tested = new Map<string, string[]>();
  for (const file of fs.readdirSync(__dirname).filter((name) => name.endsWith('.spec.ts') && name !== OWN_TEST)) {
    for (const number of numbersInTitles(fs.readFileSync(path.join(__dirname, file), 'utf8'))) {
      tested.set(number, [...(tested.get(number) ?? []), file]);
    }
  }
  return { tested, exempt: exemptions(fs.readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8')) };
}

export function numbersInTitles(source: string): string[] {
  return [...source.matchAll(TITLE)].flatMap((match) => expand(match[2] as string));
}

export function exemptions(document: string): Map<string, string> {
  const from = document.indexOf(`${SECTION}\n`);
  if (from < 0) throw new Error(`docs/security.md has no section "${SECTION}".`);
  const section = document.slice(from + SECTION.length).split('\n## ')[0] as string;
  const exempt = new Map<string, string>();
  for (const [, numbers = '', reason = ''] of section.matchAll(/^\| *([A-Z]-\d\d[^|]*?) *\| *([^|]*?) *\|/gm)) {
    if (reason.length < MIN_REASON_CHARACTERS) throw new Error(`${numbers} has no reason in docs/security.md.`);
    for (const number of expand(numbers)) exempt.set(number, reason);
  }
  return exempt;
}

function expand(text: string): string[] {
  if (!NUMBERS.test(text)) throw new Error(`"${text}" is no list of numbers such as "A-01, A-02" or "X-01…X-24".`);
  return text.split(', ').flatMap((part) => {
    const [first = '', last = first] = part.split('…');
    const [group, from, to] = [first.slice(0, 2), Number(first.slice(2)), Number(last.slice(2))];
    return Array.from({ length: to - from + 1 }, (_, i) => `${group}${String(from + i).padStart(2, '0')}`);
  });
}
