import { WebLinksAddon } from '@xterm/addon-web-links';
import type { ILinkHandler } from '@xterm/xterm';
import { confirm } from './dialog';
import { webAddress } from './web-address';

/** A program chooses where a link leads, so it opens without a way back into this page. */
function openLink({ href }: URL): void {
  window.open(href, '_blank', 'noopener,noreferrer');
}

/** Addresses that stand in the text: what you see is where you go. */
export function plainLinks(): WebLinksAddon {
  return new WebLinksAddon((_event, text) => {
    const address = webAddress(text);
    if (address) openLink(address);
  });
}

/** OSC 8 links: any text can lead anywhere, so the address is shown first, as the browser will see it. */
export const hiddenLinks: ILinkHandler = {
  activate: (_event, text) => {
    const address = webAddress(text);
    if (!address) return;
    const open = { label: 'Open', value: true, kind: 'primary' } as const;
    void confirm(`Open a page of ${address.host}?`, address.href, open).then((yes) => yes && openLink(address));
  },
};
