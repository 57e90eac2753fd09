import fs from 'node:fs';
import { renderEnvExample } from '../config/env-example';

fs.writeFileSync('.env.example', renderEnvExample());
