import type { ClaudeUsage } from '@holdfast/protocol';
import { h } from '../dom';
import { openMenu } from '../menu';
import { dollars, share, shortModel, tokens } from './amounts';

/** From here on, in percent, the bar warns: Claude Code compacts its conversation when it is full. */
const FULL = 80;
const NEARLY_SPENT = 80;

/** Model, cost, context and today's spending; pressed, it shows all the numbers. */
export class UsageMeter {
  private readonly model = h('span', { class: 'usage-model' });
  private readonly cost = h('span', { class: 'usage-cost', testid: 'claude-cost' });
  private readonly fill = h('span', { class: 'meter-fill' });
  private readonly percent = h('span', { class: 'usage-percent', testid: 'claude-context' });
  private readonly meter = h('span', { class: 'meter', 'aria-hidden': 'true' }, this.fill);
  private readonly today = h('span', { class: 'usage-today' });
  readonly element = h(
    'button',
    {
      class: 'claude-usage',
      type: 'button',
      hidden: true,
      'aria-haspopup': 'menu',
      testid: 'claude-usage',
      onclick: () => this.openNumbers(),
      onmousedown: (event: MouseEvent) => event.preventDefault(),
    },
    this.model,
    this.cost,
    h('span', { class: 'usage-context' }, this.meter, this.percent),
    this.today,
  );
  private usage: ClaudeUsage | undefined;

  show(usage: ClaudeUsage): void {
    this.usage = usage;
    const { model, costUsd, contextTokens, contextLimit, todayUsd, budgetUsd } = usage;
    const used = share(contextTokens, contextLimit);
    this.element.hidden = false;
    this.model.textContent = shortModel(model);
    this.cost.textContent = dollars(costUsd);
    this.fill.style.width = `${used}%`;
    this.meter.dataset.level = used >= FULL ? 'high' : 'normal';
    this.percent.textContent = `${used}%`;
    this.today.textContent = budgetUsd === undefined ? '' : `${dollars(todayUsd)} of ${dollars(budgetUsd)} today`;
    this.today.dataset.level =
      budgetUsd !== undefined && share(todayUsd, budgetUsd) >= NEARLY_SPENT ? 'high' : 'normal';
    const label = `${dollars(costUsd)} so far, context ${used} percent full. Show all numbers.`;
    this.element.setAttribute('aria-label', label);
    this.element.title = label;
  }

  private openNumbers(): void {
    if (this.usage) openMenu(this.element, [], 'Usage', numbers(this.usage));
  }
}

function numbers(usage: ClaudeUsage): HTMLElement {
  const { contextTokens, contextLimit, budgetUsd } = usage;
  const today = dollars(usage.todayUsd) + (budgetUsd === undefined ? '' : ` of ${dollars(budgetUsd)}`);
  const cached = `${tokens(usage.cacheReadTokens)} read, ${tokens(usage.cacheWriteTokens)} written`;
  const rows: readonly (readonly [string, string])[] = [
    ['Model', usage.model],
    ['This session', `about ${dollars(usage.costUsd)}`],
    ['Context', `${tokens(contextTokens)} of ${tokens(contextLimit)} tokens (${share(contextTokens, contextLimit)}%)`],
    ['Tokens in and out', `${tokens(usage.inputTokens)} and ${tokens(usage.outputTokens)}`],
    ['Cache', cached],
    ['You, today (UTC)', today],
  ];
  return h(
    'dl',
    { class: 'numbers', testid: 'claude-numbers' },
    ...rows.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
  );
}
