import fs from 'node:fs';
import path from 'node:path';
import { AUDIT_CODES } from './audit-codes';

it('are all in docs/audit.md, each with its sentence, and no others are', () => {
  const docs = fs.readFileSync(path.resolve(__dirname, '../../docs/audit.md'), 'utf8');
  const codes = docs.slice(docs.indexOf('\n## Codes\n'), docs.indexOf('\n## Reading\n'));
  const documented = [...codes.matchAll(/^\| `([^`]+)` +\| (.+?) +\|$/gm)].map(([, code, sentence]) => [
    code,
    sentence,
  ]);
  expect(documented).toEqual(Object.entries(AUDIT_CODES));
});
