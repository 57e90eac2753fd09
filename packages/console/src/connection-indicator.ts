import type { ConnectionState } from '@holdfast/client';
import type { Clients } from './clients';
import { h } from './dom';

/** What the indicator offers when the connection is over for good. */
export interface ConnectionActions {
  signIn(): void;
  restart(): void;
}

interface Shown {
  readonly mood: 'ok' | 'busy' | 'bad';
  readonly text: string;
  readonly button?: { readonly label: string; readonly run: () => void };
}

/** The round trip above which a terminal feels slow. */
const SLOW_MS = 250;

/** A dot and a few words on the connection: online with its latency, or when the next attempt is. */
export class ConnectionIndicator {
  private readonly text = h('span', { class: 'connection-text', testid: 'connection-text' });
  private readonly button = h('button', {
    class: 'button button-small',
    type: 'button',
    hidden: true,
    testid: 'connection-action',
  });
  readonly element = h(
    'div',
    { class: 'connection', role: 'status', testid: 'connection' },
    h('span', { class: 'connection-dot' }),
    this.text,
    this.button,
  );
  private latency: number | undefined;
  private ticking: ReturnType<typeof setInterval> | undefined;
  private run: (() => void) | undefined;
  private readonly subscriptions;

  constructor(
    private readonly clients: Clients,
    private readonly actions: ConnectionActions,
  ) {
    this.button.addEventListener('click', () => this.run?.());
    this.subscriptions = [
      clients.on('state', () => this.update()),
      clients.on('latency', (ms) => {
        this.latency = ms;
        this.update();
      }),
    ];
    this.update();
  }

  dispose(): void {
    clearInterval(this.ticking);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private update(): void {
    const { state } = this.clients.worst;
    const shown = this.describe(state);
    this.element.dataset.mood = shown.mood;
    this.element.dataset.state = state.name;
    if (this.text.textContent !== shown.text) this.text.textContent = shown.text;
    this.button.hidden = !shown.button;
    this.button.textContent = shown.button?.label ?? '';
    this.run = shown.button?.run;
    document.documentElement.dataset.connection = shown.mood;
    const counting = state.name === 'waiting' || state.name === 'broken';
    if (counting) this.ticking ??= setInterval(() => this.update(), 500);
    else this.ticking = void clearInterval(this.ticking);
  }

  private describe(state: ConnectionState): Shown {
    const retry = { label: 'Retry now', run: () => this.clients.retryNow() };
    switch (state.name) {
      case 'idle':
        return { mood: 'busy', text: 'Ready' };
      case 'online':
        return { mood: 'ok', text: latencyText(this.latency) };
      case 'connecting':
        return { mood: 'busy', text: state.attempt > 1 ? 'Reconnecting …' : 'Connecting …' };
      case 'waiting':
        return { mood: 'busy', text: `Reconnecting in ${secondsUntil(state.retryAt)} s`, button: retry };
      case 'broken':
        return { mood: 'bad', text: `No connection. Next try in ${secondsUntil(state.retryAt)} s`, button: retry };
      case 'closed':
        return this.describeClosed(state.code, state.reason);
    }
  }

  private describeClosed(code: number, reason: string): Shown {
    const signIn = { label: 'Sign in again', run: () => this.actions.signIn() };
    const again = { label: 'Connect again', run: () => this.actions.restart() };
    const reload = { label: 'Reload', run: () => location.reload() };
    switch (code) {
      case 4001:
        return { mood: 'bad', text: 'Your login has expired', button: signIn };
      case 4003:
        return { mood: 'bad', text: 'Access was taken away or you signed out', button: signIn };
      case 4009:
        return { mood: 'bad', text: 'Continued in another window', button: again };
      case 4023:
        return { mood: 'bad', text: 'You were sent away by an administrator or the owner', button: again };
      case 4026:
        return { mood: 'bad', text: 'The server was upgraded', button: reload };
      default:
        return { mood: 'bad', text: readable(reason) || `Disconnected (${code})`, button: again };
    }
  }
}

function latencyText(ms: number | undefined): string {
  if (ms === undefined) return 'Online';
  return `${ms > SLOW_MS ? 'Slow' : 'Online'} · ${ms < 1 ? '<1' : Math.round(ms)} ms`;
}

function secondsUntil(time: number): number {
  return Math.max(0, Math.round((time - Date.now()) / 1000));
}

/** A reason may be a JSON hint for programs. */
function readable(reason: string): string {
  return reason.startsWith('{') ? '' : reason;
}
