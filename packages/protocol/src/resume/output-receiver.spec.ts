import { OutputReceiver } from './output-receiver';
import { OutputSender, resumePoint } from './output-sender';
import { PendingLog } from './pending-log';

const bytes = (length: number): Uint8Array => new Uint8Array(length);

describe('OutputReceiver', () => {
  test('positions of one process mean nothing to the next', () => {
    const output = new OutputReceiver();
    expect(output.opened('e1')).toBe(false);
    output.startAt(0);
    output.accept(0, bytes(10));
    expect(output.next).toBe(10);
    expect(output.opened('e1')).toBe(false);
    expect(output.has(10)).toBe(true);
    expect(output.opened('e2')).toBe(true);
    expect([output.next, output.placed, output.has(0)]).toEqual([undefined, false, false]);
  });

  test('a snapshot moves it, unless an older connection brought the bytes meanwhile', () => {
    const output = new OutputReceiver();
    output.opened('e1');
    expect(output.jumpTo(100, undefined)).toBe(true);
    output.accept(100, bytes(100));
    // Asked for 120 and was answered with a screen of 180, which is on the screen by now.
    expect(output.jumpTo(180, 120)).toBe(false);
    expect(output.next).toBe(200);
    // The same without a wish: the application wants to be redrawn.
    expect(output.jumpTo(180, undefined)).toBe(true);
    expect(output.next).toBe(180);
    expect(output.jumpTo(500, 180)).toBe(true);
  });
});

describe('OutputSender', () => {
  test('gives what the window allows and jumps over what is gone or too much', () => {
    const log = new PendingLog();
    log.append(bytes(100));
    const sender = new OutputSender(log, 0);
    expect(sender.take(60, 40)).toEqual({ offset: 0, bytes: bytes(40) });
    expect(sender.take(60, 40)).toEqual({ offset: 40, bytes: bytes(20) });
    expect(sender.take(60, 40)).toBeUndefined();
    expect(sender.behind).toBe(100);
    sender.acknowledge(60);
    expect(sender.behind).toBe(40);
    expect([sender.mustJump(39), sender.mustJump(40)]).toEqual([true, false]);
    log.trim(61);
    expect(sender.mustJump(40)).toBe(true);
  });

  test('continues exactly only in the same epoch, where the bytes are still held and not too many', () => {
    const log = new PendingLog(100);
    log.append(bytes(50));
    expect(resumePoint(log, 'e', { epoch: 'e', offset: 120 }, 100)).toBe(120);
    expect(resumePoint(log, 'e', { epoch: 'e', offset: 150 }, 0)).toBe(150);
    expect(resumePoint(log, 'e', { epoch: 'd', offset: 120 }, 100)).toBeUndefined();
    expect(resumePoint(log, 'e', { epoch: 'e' }, 100)).toBeUndefined();
    expect(resumePoint(log, 'e', { epoch: 'e', offset: 99 }, 100)).toBeUndefined();
    expect(resumePoint(log, 'e', { epoch: 'e', offset: 151 }, 100)).toBeUndefined();
    expect(resumePoint(log, 'e', { epoch: 'e', offset: 120 }, 29)).toBeUndefined();
  });
});
