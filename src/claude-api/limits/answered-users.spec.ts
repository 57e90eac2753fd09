import { AnsweredUsers } from './answered-users';

it('knows when anybody else was answered last, however often one is', () => {
  const answered = new AnsweredUsers();
  expect(answered.otherThan('ann')).toBeUndefined();
  answered.note('ann', 1);
  expect([answered.otherThan('ann'), answered.otherThan('bob')]).toEqual([undefined, 1]);
  answered.note('bob', 2);
  answered.note('ann', 3);
  answered.note('ann', 4);
  expect([answered.otherThan('ann'), answered.otherThan('bob'), answered.otherThan('eve')]).toEqual([2, 4, 4]);
});
