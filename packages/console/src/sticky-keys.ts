import { Observable } from './observable';

export interface Modifiers {
  readonly ctrl: boolean;
  readonly alt: boolean;
}

const NONE: Modifiers = { ctrl: false, alt: false };

/** Ctrl and Alt of the phone's key row: pressed once, they go with the next key. */
export class StickyKeys {
  readonly state = new Observable<Modifiers>(NONE);

  toggle(key: keyof Modifiers): void {
    this.state.patch({ [key]: !this.state.value[key] });
  }

  /** What to send instead of `data`, and lets go of the keys. */
  apply(data: string): string {
    const { ctrl, alt } = this.state.value;
    if (!ctrl && !alt) return data;
    this.state.set(NONE);
    const controlled = ctrl ? withCtrl(data) : data;
    return alt ? `\x1b${controlled}` : controlled;
  }
}

function withCtrl(data: string): string {
  // eslint-disable-next-line no-control-regex -- arrow keys and the like: ESC [ A becomes ESC [ 1 ; 5 A
  const arrow = /^\x1b[[O]([A-DHF])$/.exec(data);
  if (arrow) return `\x1b[1;5${arrow[1]}`;
  if (data.length !== 1) return data;
  const code = data.toUpperCase().charCodeAt(0);
  if (code >= 0x40 && code <= 0x5f) return String.fromCharCode(code & 0x1f);
  return { ' ': '\0', '/': '\x1f', '?': '\x7f', '-': '\x1f' }[data] ?? data;
}
