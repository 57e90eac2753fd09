import { h } from '../dom';
import type { Observable } from '../observable';
import type { Settings } from '../settings';
import { allowNotifications } from './browser-notifications';

/** Off until the user wants them; what Claude wants to do is in them only when the user wants that, too. */
export function notificationSettings(settings: Observable<Settings>): HTMLElement {
  const problem = h('p', { class: 'form-error', role: 'alert', hidden: true });
  const main = h('input', { type: 'checkbox', checked: settings.value.notify, testid: 'setting-notify' });
  const details = h('input', {
    type: 'checkbox',
    checked: settings.value.notifyDetails,
    disabled: !settings.value.notify,
    testid: 'setting-notifyDetails',
  });
  const apply = async (): Promise<void> => {
    const refusal = main.checked ? await allowNotifications() : undefined;
    if (refusal !== undefined) main.checked = false;
    problem.textContent = refusal ?? '';
    problem.hidden = refusal === undefined;
    details.disabled = !main.checked;
    settings.patch({ notify: main.checked });
  };
  main.addEventListener('change', () => void apply());
  details.addEventListener('change', () => settings.patch({ notifyDetails: details.checked }));
  return h(
    'div',
    { class: 'notification-settings' },
    h('label', { class: 'check' }, main, h('span', null, 'Notify me when Claude needs me and I look elsewhere')),
    h('label', { class: 'check check-inner' }, details, h('span', null, 'Show in it what Claude wants to do')),
    problem,
  );
}
