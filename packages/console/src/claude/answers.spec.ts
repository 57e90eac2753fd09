import { answersOf } from './answers';

const question = (text: string, multiSelect = false) => ({ question: text, header: '', multiSelect, options: [] });

describe('the answers to questions', () => {
  it('are the chosen labels, or other words, by question', () => {
    const questions = [question('Which?', true), question('Why?')];
    const choices = [
      { labels: ['A', 'B'], other: ' and C ' },
      { labels: [], other: 'because' },
    ];
    expect(answersOf(questions, choices)).toEqual({ 'Which?': 'A, B, and C', 'Why?': 'because' });
  });

  it('are not sent before every question has one', () => {
    expect(answersOf([question('Which?'), question('Why?')], [{ labels: ['A'], other: '' }])).toBeUndefined();
  });
});
