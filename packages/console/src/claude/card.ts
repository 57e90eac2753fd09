import type { ClaudePermissionAnswer } from '@holdfast/protocol';
import { h, type Child } from '../dom';

export type Answer = Omit<ClaudePermissionAnswer, 'permissionId'>;

/** Something that waits for an answer, as the deck shows it. */
export interface Card {
  readonly element: HTMLElement;
  readonly form: CardForm;
}

/** What is at the bottom of every card: its buttons, why they cannot be pressed, and what went wrong. */
export class CardForm {
  private readonly buttons: HTMLFieldSetElement;
  private readonly obstacle = h('p', { class: 'card-obstacle', hidden: true, testid: 'card-obstacle' });
  private readonly problem = h('p', { class: 'form-error', role: 'alert', hidden: true, testid: 'card-problem' });
  readonly element: HTMLElement;
  private armed = false;
  private busy = false;

  constructor(...buttons: readonly Child[]) {
    this.buttons = h('fieldset', { class: 'card-buttons', disabled: true }, ...buttons);
    this.element = h('div', { class: 'card-form' }, this.problem, this.obstacle, this.buttons);
  }

  get isBusy(): boolean {
    return this.busy;
  }

  /** Takes presses from now on: one that was meant for what was here before must not answer this. */
  setArmed(armed: boolean): void {
    this.armed = armed;
    this.apply();
  }

  setBusy(busy: boolean): void {
    this.busy = busy;
    if (busy) this.say(undefined);
    this.apply();
  }

  setObstacle(text: string | undefined): void {
    this.obstacle.textContent = text ?? '';
    this.obstacle.hidden = text === undefined;
    this.buttons.hidden = text !== undefined;
  }

  say(problem: string | undefined): void {
    this.problem.textContent = problem ?? '';
    this.problem.hidden = problem === undefined;
  }

  private apply(): void {
    this.buttons.disabled = this.busy || !this.armed;
    this.buttons.toggleAttribute('data-busy', this.busy);
  }
}

export function cardButton(label: string, kind: string, testid: string, onclick: () => void): HTMLButtonElement {
  return h('button', { class: `button ${kind}`.trim(), type: 'button', testid, onclick }, label);
}
