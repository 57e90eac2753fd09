import type { Login } from './login-tokens';

type Message =
  | { readonly type: 'rotated'; readonly replaced: string; readonly login: Login }
  | { readonly type: 'who-has'; readonly refreshToken: string }
  | { readonly type: 'logout'; readonly userId: string };

/** How long a starting tab waits for a sibling that knows a newer token. */
const ANSWER_MS = 80;
/** Tokens that this tab has seen replaced; a duplicated tab starts with one of the last of them. */
const REMEMBERED = 8;

/**
 * Keeps the tabs of one browser on one login: a refresh token may be used once, and a second use ends the login for all.
 * A tab that rotated tells the others; a tab that was duplicated asks before it uses the copied token.
 */
export class SiblingTabs {
  private readonly channel = 'BroadcastChannel' in window ? new BroadcastChannel('holdfast.login') : undefined;
  private readonly replaced: string[] = [];

  constructor(handlers: {
    onRotated(replaced: string, login: Login): void;
    onLogout(userId: string): void;
    current(): Login | undefined;
  }) {
    this.channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      switch (data.type) {
        case 'rotated':
          return handlers.onRotated(data.replaced, data.login);
        case 'logout':
          return handlers.onLogout(data.userId);
        case 'who-has': {
          const login = handlers.current();
          if (login && this.replaced.includes(data.refreshToken))
            this.post({ type: 'rotated', replaced: data.refreshToken, login });
          return;
        }
      }
    });
  }

  announceRotation(replaced: string, login: Login): void {
    this.replaced.push(replaced);
    if (this.replaced.length > REMEMBERED) this.replaced.shift();
    this.post({ type: 'rotated', replaced, login });
  }

  announceLogout(userId: string): void {
    this.post({ type: 'logout', userId });
  }

  /** Gives a sibling the time to answer with the token that replaced this one; `onRotated` then takes it. */
  async ask(refreshToken: string): Promise<void> {
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    if (!this.channel || navigation?.type === 'reload') return;
    this.post({ type: 'who-has', refreshToken });
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  }

  private post(message: Message): void {
    this.channel?.postMessage(message);
  }
}
