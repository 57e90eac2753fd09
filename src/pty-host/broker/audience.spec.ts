import { MAX_RELAY_LENGTH, type AttachmentEvents } from '../wire/host-messages';
import type { Attachment } from './attachment';
import { Attachments } from './attachments';
import { Audience } from './audience';

type Told = [event: string, data: unknown];

let attachments: Attachments;
let audience: Audience;

beforeEach(() => {
  jest.useFakeTimers();
  attachments = new Attachments();
  audience = new Audience(attachments);
});
afterEach(() => {
  audience.close();
  jest.useRealTimers();
});

function attach(id?: string, role: 'writer' | 'viewer' = 'writer'): { told: Told[]; leave(): void } {
  const told: Told[] = [];
  const event = <K extends keyof AttachmentEvents>(_: number, name: K, data: AttachmentEvents[K]): void => {
    told.push([name, data]);
  };
  const options = { role, ...(id !== undefined && { name: { id, label: `label of ${id}` } }) };
  const attachment = { channel: 1, options, since: 5, sink: { event } } as unknown as Attachment;
  attachments.add(attachment);
  audience.changed();
  return {
    told,
    leave: () => {
      attachments.delete(attachment);
      audience.changed();
    },
  };
}

const ids = ([, data]: Told) => (data as AttachmentEvents['audience']).members.map(({ id }) => id);

describe('the audience of a terminal', () => {
  it('is nothing to those who are alone', () => {
    const alone = attach('a');
    jest.runAllTimers();
    alone.leave();
    const next = attach('b');
    jest.runAllTimers();
    expect([...alone.told, ...next.told]).toEqual([]);
  });

  it('hears once of what changes in a moment, and of the last one who leaves', () => {
    const first = attach('a');
    jest.runAllTimers();
    const second = attach('b', 'viewer');
    const third = attach('c');
    third.leave();
    jest.runAllTimers();
    expect(first.told.map(ids)).toEqual([['a', 'b']]);
    expect(second.told).toEqual(first.told);
    second.leave();
    jest.runAllTimers();
    expect(first.told.map(ids)).toEqual([['a', 'b'], ['a']]);
  });

  it('has only those with a name', () => {
    const unnamed = attach();
    const named = attach('a');
    attach('b');
    jest.runAllTimers();
    expect(unnamed.told).toEqual([]);
    expect(named.told.map(ids)).toEqual([['a', 'b']]);
    expect(audience.relay('hello', undefined)).toBe(2);
    expect(unnamed.told).toEqual([]);
  });

  it('passes a message on to all or to one, and no book', () => {
    const [one, two] = [attach('a'), attach('b')];
    expect(audience.relay('for all', undefined)).toBe(2);
    expect(audience.relay('for b', 'b')).toBe(1);
    expect(audience.relay('for nobody', 'c')).toBe(0);
    expect(one.told).toEqual([['relayed', { message: 'for all' }]]);
    expect(two.told).toHaveLength(2);
    expect(() => audience.relay('x'.repeat(MAX_RELAY_LENGTH + 1), undefined)).toThrow();
  });

  it('tells of so many at a time, and counts the rest', () => {
    const first = attach('a');
    for (let i = 0; i < 99; i++) attach(`b${i}`);
    jest.runAllTimers();
    const [, data] = first.told[0] as Told;
    expect(data).toMatchObject({ members: { length: 64 }, more: 36 });
  });
});
