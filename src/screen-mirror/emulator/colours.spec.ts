import { ScreenEmulator } from './screen-emulator';

it('colours that a program redefined are part of a snapshot until it restores them', () => {
  const screen = new ScreenEmulator({ cols: 80, rows: 24, scrollbackLines: 0, offset: 0 });
  screen.feed(Buffer.from('\x1b]4;1;rgb:11/22/33\x07\x1b]11;#102030\x07\x1b]4;9;?\x07'));
  expect(screen.snapshot().bytes.toString()).toBe('\x1b]4;1;rgb:11/22/33\x1b\\\x1b]11;rgb:10/20/30\x1b\\\x1b[1;1H');
  screen.feed(Buffer.from('\x1b]104\x07\x1b]111\x07'));
  expect(screen.snapshot().bytes.toString()).toBe('\x1b[1;1H');
});
