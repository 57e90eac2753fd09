import fs from 'node:fs';
import path from 'node:path';

const STAMP = path.join(__dirname, '../../../.build-stamp');

/** Which build is installed; a gateway that finds a broker of another one asks it to roll. Sources that run unbuilt are `dev`. */
export const HOST_BUILD = fs.existsSync(STAMP) ? fs.readFileSync(STAMP, 'utf8').slice(0, 16) : 'dev';
