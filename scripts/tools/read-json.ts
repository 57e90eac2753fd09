import fs from 'node:fs';

/** What a file of DATA_DIR says; `undefined` when it is not there. */
export function readJson<T>(file: string): T | undefined {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as T) : undefined;
}
