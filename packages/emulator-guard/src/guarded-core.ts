/**
 * The inside of xterm.js 6.0.0 (pinned) as far as the guard needs it, in @xterm/xterm and @xterm/headless alike: the public
 * API can refuse a sequence, but cannot change its parameters.
 */
export interface GuardedCore {
  readonly _inputHandler: {
    readonly _parser: {
      registerCsiHandler(id: FunctionId, handler: (params: SequenceParameters) => boolean): void;
      registerEscHandler(id: FunctionId, handler: () => boolean): void;
    };
    readonly _curAttrData: { readonly extended: LinkedAttributes };
  };
  readonly _oscLinkService: LinkService;
  readonly _bufferService: {
    readonly buffers: { readonly normal: GuardedBuffer; readonly alt: GuardedBuffer; readonly active: GuardedBuffer };
  };
}

export interface FunctionId {
  readonly prefix?: string;
  readonly intermediates?: string;
  readonly final: string;
}

/** The parser's own numbers, which the handler asked next sees as they are left. */
export interface SequenceParameters {
  readonly params: Int32Array;
  readonly length: number;
}

export interface LinkService {
  registerLink(data: LinkData): number;
  addLineToLink(linkId: number, y: number): void;
  getLinkData(linkId: number): LinkData | undefined;
}

export interface LinkData {
  readonly id?: string;
  readonly uri: string;
}

interface LinkedAttributes {
  readonly _urlId: number;
}

export interface GuardedBuffer {
  readonly lines: { readonly length: number; get(index: number): GuardedLine | undefined };
  readonly ybase: number;
  readonly x: number;
  readonly y: number;
}

export interface GuardedLine {
  readonly length: number;
  readonly _extendedAttrs: Readonly<Record<number, LinkedAttributes | undefined>>;
  readonly _combined: Record<number, string>;
}

/** The inside of a `Terminal` of @xterm/xterm or @xterm/headless. */
export function guardedCoreOf(terminal: object): GuardedCore {
  return (terminal as { readonly _core: GuardedCore })._core;
}
