import type { GuardedCore, LinkService } from '@holdfast/emulator-guard';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal, type ITerminalInitOnlyOptions, type ITerminalOptions } from '@xterm/headless';

/**
 * The inside of @xterm/headless 6.0.0 (pinned) as far as an exact snapshot needs it: its public API shows neither the saved
 * cursor, the scroll region, the tab stops, the character sets nor the attributes of the cursor. Names are those of
 * xterm.js's sources; a spec fails when an upgrade changes them.
 */
export interface XtermCore extends GuardedCore {
  readonly _inputHandler: InputHandler;
  readonly _bufferService: {
    readonly buffers: { readonly normal: XtermBuffer; readonly alt: XtermBuffer; readonly active: XtermBuffer };
  };
  readonly _charsetService: { charset?: object; glevel: number; _charsets: (object | undefined)[] };
  readonly _oscLinkService: LinkService;
  readonly coreService: { isCursorHidden: boolean; modes: { insertMode: boolean }; decPrivateModes: PrivateModes };
  readonly coreMouseService: { readonly activeProtocol: string; readonly activeEncoding: string };
  readonly optionsService: { readonly rawOptions: { convertEol: boolean; cursorBlink: boolean } };
}

interface InputHandler {
  readonly _parser: GuardedCore['_inputHandler']['_parser'] & { precedingJoinState: number };
  readonly _curAttrData: AttributeData;
  readonly _windowTitle: string;
  readonly _iconName: string;
  readonly onColor: (listener: (changes: readonly ColourChange[]) => void) => void;
  parse(bytes: Uint8Array): void;
}

export interface ColourChange {
  /** 0 asks, 1 sets, 2 restores. */
  readonly type: 0 | 1 | 2;
  /** 0…255 of the palette, 256 foreground, 257 background, 258 cursor; absent: the whole palette. */
  readonly index?: number;
  readonly color?: readonly [number, number, number];
}

export interface AttributeData {
  readonly fg: number;
  readonly bg: number;
  readonly extended: ExtendedAttributes;
}

export interface ExtendedAttributes {
  readonly _ext: number;
  readonly _urlId: number;
}

interface PrivateModes {
  readonly applicationCursorKeys: boolean;
  readonly applicationKeypad: boolean;
  readonly bracketedPasteMode: boolean;
  readonly cursorBlink?: boolean;
  readonly cursorStyle?: 'block' | 'underline' | 'bar';
  readonly origin: boolean;
  readonly reverseWraparound: boolean;
  readonly sendFocus: boolean;
  readonly synchronizedOutput: boolean;
  readonly wraparound: boolean;
}

export interface XtermBuffer {
  readonly lines: { readonly length: number; maxLength: number; get(index: number): XtermLine | undefined };
  readonly ybase: number;
  readonly x: number;
  readonly y: number;
  readonly scrollTop: number;
  readonly scrollBottom: number;
  readonly tabs: Readonly<Record<number, boolean | undefined>>;
  readonly savedX: number;
  /** Counted from the top of the scrollback, as `ybase + y`. */
  readonly savedY: number;
  readonly savedCurAttrData: AttributeData;
  readonly savedCharset?: object;
}

export interface XtermLine {
  readonly isWrapped: boolean;
  readonly length: number;
  getWidth(column: number): number;
  getString(column: number): string;
  getFg(column: number): number;
  getBg(column: number): number;
  readonly _extendedAttrs: Readonly<Record<number, ExtendedAttributes | undefined>>;
  readonly _combined: Record<number, string>;
}

export function coreOf(terminal: Terminal): XtermCore {
  return (terminal as unknown as { readonly _core: XtermCore })._core;
}

/** Characters are as wide here as in the console, or a snapshot would be drawn for another screen. */
export function newTerminal(options: ITerminalOptions & ITerminalInitOnlyOptions): Terminal {
  // An error in the parser's log would print terminal bytes into ours.
  const terminal = new Terminal({ allowProposedApi: true, logLevel: 'off', ...options });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  return terminal;
}
