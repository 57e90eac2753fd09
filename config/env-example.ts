import type { Variable } from './variable';
import { VARIABLES } from './variables';

const HEADING = `# Every setting of Holdfast, with its default. Copy to .env and change what you need; all of them are optional.
# Generated from config/variables.ts: node scripts/run.mjs scripts/write-env-example
`;

/** The text of `.env.example`; a test keeps the file equal to it. */
export function renderEnvExample(): string {
  const entries = Object.entries<Variable<unknown>>(VARIABLES).map(([name, variable]) => {
    // A variable without a default is commented out: set and empty would read as if it mattered.
    const assignment = variable.default === undefined ? `# ${name}=` : `${name}=${variable.default}`;
    return `# ${variable.description}\n${assignment}\n`;
  });
  return [HEADING, ...entries].join('\n');
}
