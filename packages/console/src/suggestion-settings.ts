import { h } from './dom';
import { sentence } from './errors';
import type { Observable } from './observable';
import type { Settings } from './settings';
import type { SuggestionStatus } from './suggestion-api';
import { SUGGESTION_KEYS, suggestionKey } from './suggestion-key';

export interface SuggestionSwitch {
  readonly status: Observable<SuggestionStatus | undefined>;
  switch(on: boolean): Promise<void>;
}

/** In the settings dialog: whether the user wants suggestions at all, and which key asks. */
export function suggestionSettings(suggestions: SuggestionSwitch, settings: Observable<Settings>): HTMLElement {
  const problem = h('p', { class: 'form-error', role: 'alert', hidden: true });
  const box = h('input', { type: 'checkbox', testid: 'setting-suggestions' });
  const hint = h('p', { class: 'hint' });
  box.addEventListener('change', () => {
    problem.hidden = true;
    suggestions.switch(box.checked).catch((error: unknown) => {
      problem.textContent = sentence(error);
      problem.hidden = false;
      show(suggestions.status.value);
    });
  });
  const show = (status: SuggestionStatus | undefined): void => {
    box.checked = status?.on ?? false;
    box.disabled = !status?.allowed;
    hint.textContent = status?.allowed
      ? `When you ask, the line at the prompt, your last commands with their exit codes, the directory and the branch go to ${status.model}, without secrets; you see exactly what was sent. Terminals you open from then on tell what is needed.`
      : 'An administrator has not allowed them on this server.';
  };
  show(suggestions.status.value);
  const key = h('select', { class: 'input', testid: 'suggestion-key' });
  const chosen = suggestionKey(settings.value.suggestionKey).id;
  for (const { id, label } of SUGGESTION_KEYS) key.append(h('option', { value: id, selected: id === chosen }, label));
  key.addEventListener('change', () => settings.patch({ suggestionKey: key.value }));
  return h(
    'div',
    { class: 'suggestion-settings' },
    h('label', { class: 'check' }, box, h('span', null, 'Command suggestions by Claude, when I ask for them')),
    hint,
    problem,
    h('label', { class: 'setting' }, h('span', null, 'Key that asks'), key),
  );
}
