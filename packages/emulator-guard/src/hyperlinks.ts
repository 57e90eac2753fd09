import type { GuardedBuffer, GuardedCore, LinkData, LinkService } from './guarded-core';

/** Longer addresses are no links: what `ls --hyperlink` and compilers print fits many times. */
const MAX_URI_CHARS = 2048;
/** Everything else – file:, javascript:, handlers of other programs – is text. */
const WEB_ADDRESS = /^https?:\/\//i;
/** Invisible characters and white space: what is shown of such an address is not where it leads. */
const MISLEADING = /[\p{Cc}\p{Cf}\p{Zs}\u2028\u2029]/u;
/** More links than a screen and its scrollback show at once; beyond, text stays and is no link. */
const MAX_LINKS = 4096;
/** A collection of dead links costs a walk over all lines, so it comes at most once in so many new links. */
const COLLECT_EVERY = 2048;

/**
 * Replaces xterm.js's OSC 8 registry, in which every line of every link is a marker that every scrolled line must visit
 * (200,000 links cost 51 s and 242 MiB). Here a link is one entry, entries no cell uses are dropped when there are too many,
 * and only addresses of pages are links.
 */
export class Hyperlinks implements LinkService {
  private readonly links = new Map<number, LinkData>();
  private readonly numbers = new Map<string, number>();
  private next = 1;
  private sinceCollection = COLLECT_EVERY;

  constructor(private readonly core: GuardedCore) {}

  static install(core: GuardedCore): Hyperlinks {
    const links = new Hyperlinks(core);
    core._oscLinkService.registerLink = (data) => links.registerLink(data);
    core._oscLinkService.addLineToLink = () => undefined;
    core._oscLinkService.getLinkData = (link) => links.getLinkData(link);
    return links;
  }

  get size(): number {
    return this.links.size;
  }

  registerLink(data: LinkData): number {
    if (data.uri.length + (data.id?.length ?? 0) > MAX_URI_CHARS) return 0;
    if (!WEB_ADDRESS.test(data.uri) || MISLEADING.test(data.uri)) return 0;
    const key = `${data.id ?? ''};;${data.uri}`;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.sinceCollection++;
    if (this.links.size >= MAX_LINKS && !this.collect()) return 0;
    const link = this.next++;
    this.links.set(link, data);
    this.numbers.set(key, link);
    return link;
  }

  addLineToLink(): void {
    // Lines are not followed.
  }

  getLinkData(link: number): LinkData | undefined {
    return this.links.get(link);
  }

  /** Forgets links that no cell has; false when there is still no room. */
  private collect(): boolean {
    if (this.sinceCollection < COLLECT_EVERY) return false;
    this.sinceCollection = 0;
    const used = new Set<number>([this.core._inputHandler._curAttrData.extended._urlId]);
    const { normal, alt } = this.core._bufferService.buffers;
    collectFrom(normal, used);
    collectFrom(alt, used);
    for (const [key, link] of this.numbers) {
      if (used.has(link)) continue;
      this.numbers.delete(key);
      this.links.delete(link);
    }
    return this.links.size < MAX_LINKS;
  }
}

function collectFrom(buffer: GuardedBuffer, used: Set<number>): void {
  for (let index = 0; index < buffer.lines.length; index++) {
    for (const attributes of Object.values(buffer.lines.get(index)?._extendedAttrs ?? {})) {
      if (attributes) used.add(attributes._urlId);
    }
  }
}
