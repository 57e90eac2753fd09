import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';
import type { BudgetKind, BudgetState } from './claude-budgets';
import { type NanoDollars, toDollars } from './claude-prices';
import { dayOf } from './spending';

/** How soon requests that run may have given back what is held for them. */
const RETRY_AFTER_MS = 5_000;
const DAY_MS = 86_400_000;

const NAMES: Readonly<Record<BudgetKind, string>> = {
  user: 'your Claude budget',
  project: 'the Claude budget of this project',
  total: 'the Claude budget of this server',
};

/** The first budget that has no room for `needed`; `running`: it would have, were it not for requests that run. */
export function refusedBy(
  states: readonly BudgetState[],
  needed: NanoDollars,
): { readonly state: BudgetState; readonly running: boolean } | undefined {
  const full = states.find(({ limit, used }) => limit !== undefined && used + needed > limit);
  if (full) return { state: full, running: false };
  const held = states.find(({ limit, used, reserved }) => limit !== undefined && used + reserved + needed > limit);
  return held && { state: held, running: true };
}

/** When the day of `now` is over. Unix milliseconds. */
export function nextDay(now: number): number {
  return (Math.floor(now / DAY_MS) + 1) * DAY_MS;
}

/** Which budget it was, its value, what is used, when it starts anew, and what to do. */
export function budgetExceeded(state: BudgetState, needed: NanoDollars, running: boolean, now: number): DomainError {
  const { kind, setting, limit = 0, used, reserved } = state;
  const name = NAMES[kind];
  const resetsAt = nextDay(now);
  const [value, spent, held, cost] = [limit, used, reserved, needed].map(dollars);
  const numbers = `${value} a day, ${spent} used`;
  const anew = `It starts anew at ${dayOf(resetsAt)} 00:00 UTC.`;
  const message = running
    ? `${capital(name)} (${numbers}) has no room beside the requests that run: ${held} are held for them, and this one may cost ${cost}. Try again when they have ended.`
    : used >= limit
      ? `${capital(name)} for today is used up (${numbers}). ${anew} An administrator can raise it (${setting}).`
      : `This request may cost ${cost}, and ${name} has less left today (${numbers}). ${anew} Shorten the conversation (/compact), choose a cheaper model (/model), or ask an administrator to raise it (${setting}).`;
  return new DomainError(ErrorCode.budgetExceeded, message, {
    retryable: running,
    retryAfterMs: running ? RETRY_AFTER_MS : resetsAt - now,
    details: {
      budget: kind,
      setting,
      limitUsd: toDollars(limit),
      usedUsd: toDollars(used),
      reservedUsd: toDollars(reserved),
      neededUsd: toDollars(needed),
      resetsAt: new Date(resetsAt).toISOString(),
    },
  });
}

/** As people write it; of less than a cent as much as is needed to see that it is not nothing. */
function dollars(nano: NanoDollars): string {
  const value = toDollars(nano);
  return `$${value > 0 && value < 0.01 ? value.toPrecision(1) : value.toFixed(2)}`;
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
