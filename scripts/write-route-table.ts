/** Writes docs/api.md from the table of routes and roles. `node scripts/run.mjs scripts/write-route-table` */
import fs from 'node:fs';
import path from 'node:path';
import { renderRouteTable } from '../test/support/routes/render-route-table';

fs.writeFileSync(path.join(process.cwd(), 'docs/api.md'), renderRouteTable());
