// `npm run sbom [-- FILE]`: the bill of materials of this checkout, CycloneDX, out of the lock file alone: dist/sbom.cdx.json.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fail, root } from './prepare.mjs';

/** npm's own answer is a few megabytes. */
const MAX_BYTES = 64 * 1024 * 1024;

const file = path.resolve(process.argv[2] ?? path.join(root, 'dist/sbom.cdx.json'));
const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application', '--loglevel=error'];
const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: MAX_BYTES });
if (status !== 0) fail(`npm could not write the bill of materials: ${stderr.trim()}`);
fs.mkdirSync(path.dirname(file), { recursive: true });
fs.writeFileSync(file, stdout);
console.log(`${JSON.parse(stdout).components.length} components: ${file}`);
