import type { Notice } from './notifier';

/** Asks the browser's user. Resolves with a sentence when they may not be shown. */
export async function allowNotifications(): Promise<string | undefined> {
  if (!('Notification' in window)) return 'This browser has no notifications.';
  const answer =
    Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission;
  if (answer === 'granted') return undefined;
  return 'The browser does not allow notifications of this page. Its settings for this site can change that.';
}

/** Shows one; what it returns takes it back. */
export function notify({ title, body, tag }: Notice, onClick: () => void): (() => void) | undefined {
  if (!('Notification' in window) || Notification.permission !== 'granted') return undefined;
  try {
    const shown = new Notification(title, { body, tag });
    shown.onclick = () => {
      window.focus();
      shown.close();
      onClick();
    };
    return () => shown.close();
  } catch {
    // Chrome on Android has them for service workers only.
    return undefined;
  }
}
