#!/usr/bin/env node
// Behaves like the Claude Code CLI where Holdfast depends on it, and nowhere else; test/contract/claude-cli.contract.ts holds both to
// the same expectations. It is a program of its own: nothing of Holdfast is in it.
import { parseArguments, UsageError, VERSION } from './stub/arguments.mjs';
import { Conversation } from './stub/conversation.mjs';
import { Hooks } from './stub/hooks.mjs';
import { MessagesApi } from './stub/messages-api.mjs';
import { Keyboard } from './stub/keyboard.mjs';
import { Screen } from './stub/screen.mjs';
import { SessionFile } from './stub/session-file.mjs';
import { Settings } from './stub/settings.mjs';
import { Terminal } from './stub/terminal.mjs';
import { Transcript } from './stub/transcript.mjs';

function end(code, message) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function start() {
  const args = parseArguments(process.argv.slice(2));
  if (args.version) {
    process.stdout.write(`${VERSION} (Claude Code)\n`);
    return;
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) end(1, 'Error: this stub only runs in a terminal.');
  const settings = Settings.load(args.settings);
  if (!settings.onboarded) end(1, 'Unable to connect to Anthropic services. Failed to connect to api.anthropic.com');
  const transcript = Transcript.open(settings.configDirectory, process.cwd(), args);
  const screen = new Screen(process.stdout, settings.env.CLAUDE_CODE_DISABLE_ALTERNATE_SCREEN === '1');
  const sessionFile = new SessionFile(settings.configDirectory, transcript);
  const hooks = new Hooks(settings, transcript);
  const api = new MessagesApi(settings, transcript);
  const conversation = new Conversation({ settings, transcript, screen, sessionFile, hooks, api });
  const terminal = new Terminal(conversation, screen, sessionFile, hooks);
  terminal.start(args.resume === undefined ? 'startup' : 'resume');
  new Keyboard(process.stdin, (key) => terminal.onKey(key));
}

try {
  start();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  end(1, error.message);
}
