import { isAddress, isAllowedHost } from './host-allow-list';

const ALLOWED = ['localhost', '127.0.0.1', '[::1]', 'term.example'];

describe('isAllowedHost', () => {
  it.each(['localhost', 'localhost:4110', 'LOCALHOST:1', '127.0.0.1:4110', '[::1]:4110', 'term.example'])(
    'lets %s in',
    (host) => expect(isAllowedHost(host, ALLOWED)).toBe(true),
  );

  it.each([
    undefined,
    '',
    'evil.example',
    'term.example.evil',
    'xterm.example',
    'localhost:4110:1',
    'localhost/',
    'a@localhost',
  ])('keeps %s out', (host) => expect(isAllowedHost(host, ALLOWED)).toBe(false));
});

describe('isAddress', () => {
  it.each(['10.1.2.3', '10.1.2.3:4110', '[fe80::1]:4110'])('%s is one', (host) => expect(isAddress(host)).toBe(true));
  it.each(['localhost', '10.1.2.3.evil.example', undefined])('%s is none', (host) =>
    expect(isAddress(host)).toBe(false),
  );
});
