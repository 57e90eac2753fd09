import { countCharacters, InputTail, readableInput } from './input-tail';
import type { Toasts } from './toasts';

/** What the user is told about typed input that did not simply arrive. */
export class InputReports {
  private input = new InputTail();
  private toldOffline = false;

  constructor(
    private readonly toasts: Toasts,
    /** What the user calls the terminal. */
    private readonly label: () => string,
  ) {}

  /** Another attachment: its input counts from 0. */
  restart(): void {
    this.input = new InputTail();
  }

  opened(): void {
    this.toldOffline = false;
  }

  sent(bytes: Uint8Array, online: boolean): void {
    this.input.append(bytes);
    if (!online) this.tellOffline();
  }

  tooMuch(bytes: Uint8Array): void {
    this.report(bytes, 'was not sent: too much is waiting for the connection already.');
  }

  unsent(bytes: Uint8Array): void {
    this.report(bytes, 'was not sent, because the process was replaced or is gone.');
  }

  ambiguous(range: Parameters<InputTail['read']>[0]): void {
    this.report(
      this.input.read(range),
      'may or may not have arrived when the server was interrupted. Look before you type it again.',
    );
  }

  /** Once in each outage: nothing is echoed, so it must be said that nothing is lost. */
  private tellOffline(): void {
    if (this.toldOffline) return;
    this.toldOffline = true;
    this.toasts.info('There is no connection. What you type is kept and sent once it is back.');
  }

  private report(bytes: Uint8Array, what: string): void {
    if (bytes.length === 0) return;
    this.toasts.show({
      kind: 'warn',
      text: `${countCharacters(bytes)} typed in “${this.label()}” ${what}`,
      details: { label: 'Show what was typed', text: readableInput(bytes) },
      sticky: true,
    });
  }
}
