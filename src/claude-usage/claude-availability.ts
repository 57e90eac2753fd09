import { Injectable } from '@nestjs/common';
import { ClaudeApiStatus, type ClaudeApiReport } from '../claude-api/claude-api-status';
import { ClaudeReadiness, type ClaudeReadinessReport } from '../claude-terminal/launch/claude-readiness';
import { RuntimeSettings } from '../settings/runtime-settings';
import { allowedModels } from './allowed-models';

/** Longer than either takes unless something hangs; a health check waits no longer. */
const PATIENCE_MS = 1_000;

const NO_KEY =
  'The server has no key for the Claude API. An administrator sets ANTHROPIC_API_KEY, or ANTHROPIC_API_KEY_FILE, which is read again by itself.';
const NOBODY_LEADS = 'The API gateway for Claude sessions does not answer; try again in a moment.';
const UNDECIDED: ClaudeReadinessReport = {
  available: false,
  reason: 'The server is still finding out how it can start Claude Code; try again in a moment.',
};

/** Whether Claude sessions can be had, and what is in their way. */
export interface AvailabilityReport {
  readonly available: boolean;
  readonly reason: string | null;
  readonly version: string | null;
  /** What the launcher of this server cannot keep. */
  readonly weaker: string | null;
  readonly keyPresent: boolean;
  readonly models: string[];
  readonly breaker: ClaudeApiReport['breaker'] | null;
  readonly waiting: number;
  readonly active: number;
  /** Unix milliseconds. */
  readonly limitedUntil: number | null;
}

/** The CLI of this machine, the key and the API together. */
@Injectable()
export class ClaudeAvailability {
  constructor(
    private readonly readiness: ClaudeReadiness,
    private readonly api: ClaudeApiStatus,
    private readonly settings: RuntimeSettings,
  ) {}

  /** Never rejects. */
  async report(): Promise<AvailabilityReport> {
    const [cli, api] = await Promise.all([soon(this.readiness.check()), soon(this.api.report())]);
    const unknown = { reason: undefined, version: undefined, weaker: undefined };
    const { available, reason, version, weaker } = { ...unknown, ...(cli ?? UNDECIDED) };
    const wrong = available ? wrongWithApi(api) : reason;
    return {
      available: wrong === undefined && available,
      reason: wrong ?? null,
      version: version ?? null,
      weaker: weaker ?? null,
      keyPresent: api?.keyPresent ?? false,
      models: allowedModels(this.settings.current.claudeModels),
      breaker: api?.breaker ?? null,
      waiting: api?.waiting ?? 0,
      active: api?.active ?? 0,
      limitedUntil: api?.limitedUntil ?? null,
    };
  }
}

function wrongWithApi(api: ClaudeApiReport | undefined): string | undefined {
  if (!api) return NOBODY_LEADS;
  return api.keyPresent ? undefined : NO_KEY;
}

/** Undefined: it failed, or takes longer. */
async function soon<T>(asked: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS).unref();
  });
  try {
    return await Promise.race([asked, enough]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
