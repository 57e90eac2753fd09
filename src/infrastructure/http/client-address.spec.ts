import type { IncomingMessage } from 'node:http';
import { clientAddress } from './client-address';

function request(forwarded?: string): IncomingMessage {
  return {
    socket: { remoteAddress: '10.0.0.9' },
    headers: { 'x-forwarded-for': forwarded },
  } as unknown as IncomingMessage;
}

describe('clientAddress', () => {
  it.each<[string, number, string | undefined, string]>([
    ['the peer, without a proxy', 0, undefined, '10.0.0.9'],
    ['the peer, whatever it claims, without a proxy', 0, '192.0.2.1', '10.0.0.9'],
    ['what the proxy saw', 1, '192.0.2.1', '192.0.2.1'],
    ['what the proxy saw, whatever the client claims', 1, '203.0.113.7, 192.0.2.1', '192.0.2.1'],
    ['what the outer of two proxies saw', 2, '203.0.113.7, 192.0.2.1, 10.0.0.8', '192.0.2.1'],
    ['the first there is, when proxies are missing', 2, '192.0.2.1', '192.0.2.1'],
    ['the peer, when the proxy says nothing', 1, ' , ', '10.0.0.9'],
  ])('is %s', (_, hops, forwarded, address) => expect(clientAddress(request(forwarded), hops)).toBe(address));
});
