import type { Terminal } from '@holdfast/client';
import type { CellGrid } from './cell-grid';
import type { Size } from './size';
import { SizeKeeper, type SizeStatus } from './size-keeper';

const SMALL: Size = { cols: 80, rows: 24 };
const LARGE: Size = { cols: 120, rows: 40 };

/** A window of a given size on a session, and what it asks for. */
function windowOf(fitting: Size) {
  const listeners: Record<string, (payload: object) => void> = {};
  const asked: Size[] = [];
  const forced: Size[] = [];
  let status: SizeStatus | undefined;
  const grid = { fitting: () => fitting, scaleTo: () => undefined };
  const terminal = {
    writerId: 'me',
    state: 'open',
    on: (event: string, listener: (payload: object) => void) => (listeners[event] = listener),
    resize: (cols: number, rows: number) => asked.push({ cols, rows }),
  };
  const keeper = new SizeKeeper(grid as unknown as CellGrid, terminal as unknown as Terminal, {
    onStatus: (next) => (status = next),
    force: (size) => forced.push(size),
  });
  keeper.setVisible(true);
  return {
    keeper,
    asked,
    forced,
    status: () => status,
    opened(size: Size, sizeOwner: string | null, created = false): void {
      listeners.opened?.({ ...size, sizeOwner, created });
      keeper.applied();
    },
    resized(size: Size, owner: string | null): void {
      listeners.resized?.({ ...size, owner, own: owner === 'me' });
      keeper.applied();
    },
  };
}

describe('the size of a terminal', () => {
  it('is the window’s for a session that this window made', () => {
    const { opened, asked, status } = windowOf(LARGE);
    opened(SMALL, 'me', true);
    expect(asked).toEqual([LARGE]);
    expect(status()?.foreign).toBeUndefined();
  });

  it('is left alone by attaching', () => {
    const { opened, asked, status } = windowOf(LARGE);
    opened(SMALL, 'other');
    expect(asked).toEqual([]);
    expect(status()).toEqual({ size: SMALL, foreign: 'other' });
  });

  it('is taken by typing, once', () => {
    const { opened, resized, keeper, asked, status } = windowOf(LARGE);
    opened(SMALL, 'other');
    keeper.take();
    keeper.take();
    resized(SMALL, 'me');
    resized(LARGE, 'me');
    keeper.take();
    expect(asked).toEqual([LARGE]);
    expect(status()?.foreign).toBeUndefined();
  });

  it('is forced, not asked for, when the user wants it while another window owns it', () => {
    const { opened, keeper, asked, forced } = windowOf(LARGE);
    opened(SMALL, 'other');
    keeper.fitHere();
    expect({ asked, forced }).toEqual({ asked: [], forced: [LARGE] });
  });

  it('stays what another window forced until the owner types', () => {
    const { opened, resized, keeper, asked, status } = windowOf(LARGE);
    opened(LARGE, 'me', true);
    resized(SMALL, 'me');
    expect(asked).toEqual([]);
    expect(status()?.foreign).toBe('other');
    keeper.take();
    expect(asked).toEqual([LARGE]);
  });

  it('goes to the window that typed last', () => {
    const { opened, resized, keeper, status } = windowOf(LARGE);
    opened(LARGE, 'me', true);
    resized(SMALL, 'other');
    expect(status()?.foreign).toBe('other');
    expect(keeper.answersQueries).toBe(false);
  });

  it('is answered for by any window while nobody owns it', () => {
    const { opened, keeper, status } = windowOf(LARGE);
    opened(SMALL, null);
    expect(keeper.answersQueries).toBe(true);
    expect(status()?.foreign).toBe('left');
  });
});
