import { backgroundOf, erased, isProtected, PLAIN, sameLook, sgr, type Look } from './attributes';
import type { LinkData } from '@holdfast/emulator-guard';

/** Collects a snapshot's text and knows with which look the reading terminal would print next. */
export class Pen {
  private look: Look = PLAIN;
  private readonly parts: string[] = [];

  constructor(private readonly linkData: (link: number) => LinkData | undefined) {}

  write(text: string): void {
    this.parts.push(text);
  }

  toString(): string {
    return this.parts.join('');
  }

  get background(): number {
    return backgroundOf(this.look);
  }

  use(look: Look): void {
    if (sameLook(look, this.look)) return;
    const before = this.look;
    this.look = look;
    if (!sameLook({ ...before, link: look.link }, look)) {
      if (isProtected(before) && !isProtected(look)) this.write('\x1b[0"q');
      this.write(sgr(look));
      if (isProtected(look)) this.write('\x1b[1"q');
    }
    if (before.link !== look.link) this.write(this.link(look.link));
  }

  /** The reading terminal's look is not known any more. */
  forget(): void {
    this.write('\x1b[m\x1b]8;;\x1b\\');
    this.look = PLAIN;
  }

  /** Scrolling fills new lines with the background colour in use. */
  useDefaultBackground(): void {
    if (this.background !== 0) this.use(PLAIN);
  }

  /** Erases `count` cells from the cursor on, leaving the background colour of `look`. */
  erase(count: number, look: Look): void {
    if (this.background !== backgroundOf(look)) this.use(erased(look));
    this.write(`\x1b[${count}X`);
  }

  private link(link: number): string {
    const data = link === 0 ? undefined : this.linkData(link);
    return data ? `\x1b]8;${data.id ? `id=${data.id}` : ''};${data.uri}\x1b\\` : '\x1b]8;;\x1b\\';
  }
}
