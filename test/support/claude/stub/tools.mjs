import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { text } from 'node:stream/consumers';

const tool = (name) => ({ name, description: name, input_schema: { type: 'object' } });

/** As the API is told of them. */
export const TOOLS = ['Bash', 'Write', 'AskUserQuestion'].map(tool);

/** What the CLI offers to remember, as settings. */
export function suggestionsFor({ name, input }) {
  if (name !== 'Bash') return [{ type: 'setMode', mode: 'acceptEdits', destination: 'session' }];
  const rules = [{ toolName: 'Bash', ruleContent: input.command }];
  return [{ type: 'addRules', rules, behavior: 'allow', destination: 'localSettings' }];
}

/** Whether a rule like `Bash(npm test:*)` of the settings, or one that was remembered, allows it without asking. */
export function isAllowed({ name, input }, rules) {
  return rules.some((rule) => {
    const [, ofTool, content] = /^(\w+)(?:\((.*)\))?$/s.exec(rule) ?? [];
    if (ofTool !== name) return false;
    if (content === undefined || content === '*') return true;
    const subject = input.command ?? input.file_path ?? '';
    return content.endsWith(':*') ? subject.startsWith(content.slice(0, -2)) : subject === content;
  });
}

/** What the dialog shows of it. */
export function describe({ name, input }) {
  if (name === 'Bash') return ['Bash command', '', `  ${input.command}`, `  ${input.description ?? ''}`, ''];
  return [`${name} file`, '', `  ${input.file_path}`, ...String(input.content ?? '').split('\n'), ''];
}

/** The tool's result and whether it failed. */
export async function runTool({ name, input }, env, signal) {
  if (name === 'Write') {
    fs.writeFileSync(input.file_path, input.content);
    return { content: `File created successfully at: ${input.file_path}`, failed: false };
  }
  // In a process group of its own, as the CLI's: it outlives a killed CLI.
  const child = spawn('/bin/bash', ['-c', input.command], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const exit = new Promise((resolve, reject) => child.on('exit', resolve).on('error', reject));
  const kill = () => process.kill(-child.pid, 'SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  const code = await exit.finally(() => signal.removeEventListener('abort', kill));
  const [out, err] = await Promise.all([stdout, stderr]);
  const printed = `${out}${err}`.trimEnd();
  return { content: code === 0 ? printed : `Exit code ${code}\n${printed}`, failed: code !== 0 };
}
