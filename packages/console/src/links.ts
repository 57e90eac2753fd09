import { WebLinksAddon } from '@xterm/addon-web-links';
import type { ILinkHandler } from '@xterm/xterm';
import { confirm } from './dialog';

/** A program chooses where a link leads, so it opens without a way back into this page. */
function openLink(address: string): void {
  if (/^https?:\/\//i.test(address)) window.open(address, '_blank', 'noopener,noreferrer');
}

/** Addresses that stand in the text: what you see is where you go. */
export function plainLinks(): WebLinksAddon {
  return new WebLinksAddon((_event, address) => openLink(address));
}

/** OSC 8 links: any text can lead anywhere, so the address is shown first. */
export const hiddenLinks: ILinkHandler = {
  activate: (_event, address) => {
    void confirm('Open this link?', address, { label: 'Open', value: true, kind: 'primary' }).then(
      (yes) => yes && openLink(address),
    );
  },
};
