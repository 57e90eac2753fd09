import fs from 'node:fs';
import path from 'node:path';

/** The repository, also seen from the compiled copy of this directory under dist/, which has no package.json. */
export const ROOT = nearest(__dirname);

function nearest(directory: string): string {
  return fs.existsSync(path.join(directory, 'package.json')) ? directory : nearest(path.dirname(directory));
}
