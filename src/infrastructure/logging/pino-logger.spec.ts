import { humanReadable } from './human-stream';
import { PinoLogger } from './pino-logger';

function setUp() {
  const lines: string[] = [];
  const logger = new PinoLogger('info', { write: (line) => void lines.push(line) });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

describe('PinoLogger', () => {
  it('writes one JSON line with level, time, context and message', () => {
    const { logger, lines, last } = setUp();
    logger.log('hello', 'Greeter');
    expect(lines).toHaveLength(1);
    expect(last()).toEqual({ level: 'info', time: expect.any(String) as string, context: 'Greeter', msg: 'hello' });
  });

  it('keeps line breaks of a message inside its line', () => {
    const { logger, lines } = setUp();
    logger.warn('first\nsecond\u001b[31m');
    expect(lines[0]?.trimEnd()).not.toContain('\n');
    expect(lines[0]).not.toContain('\u001b');
  });

  it('never writes a credential, in a field or in a sentence', () => {
    const { logger, lines } = setUp();
    logger.log({
      password: 's3cret',
      request: { headers: { authorization: 's3cret' } },
      user: { refreshToken: 's3cret' },
    });
    logger.log('Authorization: Bearer s3cret');
    logger.log('GET /ws/terminal?ticket=s3cret&cols=80');
    logger.error(new Error('connect postgres://app:s3cret@db/app'));
    logger.warn('Sec-WebSocket-Protocol: holdfast.v1, holdfast.bearer.s3cret');
    expect(lines).toHaveLength(5);
    expect(lines.join('')).not.toContain('s3cret');
  });

  it('writes the stack of an error', () => {
    const { logger, last } = setUp();
    logger.error(new Error('boom'));
    expect(last()).toMatchObject({
      level: 'error',
      msg: 'boom',
      stack: expect.stringContaining('pino-logger.spec') as string,
    });
  });

  it('leaves out what Nest says about every route', () => {
    const { logger, lines } = setUp();
    logger.log('Mapped {/api, GET} route', 'RouterExplorer');
    expect(lines).toEqual([]);
  });
});

describe('humanReadable', () => {
  it('writes time, level, context, message and the rest', () => {
    let text = '';
    const stream = humanReadable({ write: (chunk) => (text += chunk) });
    stream.write('{"level":"warn","time":"2030-01-01T12:34:56.789Z","context":"Db","msg":"away","tries":2}\n');
    // eslint-disable-next-line no-control-regex
    expect(text.replace(/\u001b\[\d+m/g, '')).toBe('12:34:56.789 warn  [Db] away {"tries":2}\n');
  });
});
