import { MAX_CLAUDE_MESSAGE, type ClaudePermission, type ClaudeQuestion } from '@holdfast/protocol';
import { h } from '../dom';
import { answersOf, type Choice } from './answers';
import { cardButton, CardForm, type Answer, type Card } from './card';
import { visible } from './visible-text';

interface Field {
  readonly element: HTMLElement;
  choice(): Choice;
}

/** Keeps the groups of radio buttons apart. */
let nextGroup = 0;

/** Questions with options, and room for other words. */
export class QuestionCard implements Card {
  readonly form: CardForm;
  readonly element: HTMLElement;

  constructor({ questions = [], detail }: ClaudePermission, answer: (answer: Answer) => void) {
    const fields = questions.map(fieldFor);
    const send = (): void => {
      const answers = answersOf(
        questions,
        fields.map((field) => field.choice()),
      );
      if (answers) answer({ decision: 'allow', answers });
      else this.form.say('Choose an answer to every question first.');
    };
    this.form = new CardForm(
      h(
        'div',
        { class: 'button-row' },
        cardButton('Answer', 'button-primary', 'question-answer', send),
        cardButton('Do not answer', 'button-deny', 'question-deny', () => answer({ decision: 'deny' })),
      ),
    );
    this.element = h(
      'div',
      { class: 'card', testid: 'question-card' },
      h(
        'div',
        { class: 'questions' },
        ...(fields.length > 0 ? fields.map(({ element }) => element) : [h('p', null, visible(detail))]),
      ),
      this.form.element,
    );
  }
}

function fieldFor({ question, header, multiSelect, options }: ClaudeQuestion): Field {
  const name = `question-${++nextGroup}`;
  const inputs = options.map(() =>
    h('input', { type: multiSelect ? 'checkbox' : 'radio', name, onchange: () => !multiSelect && (other.value = '') }),
  );
  const other = h('input', {
    class: 'input',
    type: 'text',
    maxlength: MAX_CLAUDE_MESSAGE,
    placeholder: 'Something else …',
    'aria-label': 'Something else',
    testid: 'question-other',
    oninput: () => {
      if (!multiSelect && other.value) for (const input of inputs) input.checked = false;
    },
  });
  const element = h(
    'fieldset',
    { class: 'question' },
    h('legend', null, header !== '' && h('span', { class: 'question-header' }, visible(header)), visible(question)),
    ...options.map(({ label, description }, at) =>
      h(
        'label',
        { class: 'option', testid: 'question-option' },
        inputs[at],
        h('span', null, h('b', null, visible(label)), description !== '' && h('small', null, visible(description))),
      ),
    ),
    other,
  );
  return {
    element,
    choice: () => ({
      labels: options.filter((_, at) => inputs[at]?.checked).map(({ label }) => label),
      other: other.value,
    }),
  };
}
