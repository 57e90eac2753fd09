import { inflictFaults, type Lane } from '../faults';
import { Rig, startServer } from '../rig';
import { HALF_OPEN_LINK, PROCESS_DEATH, STABLE_MS, type Row, type RowContext } from '../row';
import { TcpProxy } from '../tcp-proxy';

interface NetworkLane extends Lane {
  readonly proxy: TcpProxy;
}

const LANES = 5;

/** Clients of one server, each behind a network of its own. */
async function cutNetworks(context: RowContext, cut: (proxy: TcpProxy) => void): ReturnType<Row['run']> {
  const server = await context.hold(startServer());
  return inflictFaults<NetworkLane>(context, {
    lanes: LANES,
    start: async () => {
      const proxy = await context.hold(TcpProxy.start(server.endpoints.terminal));
      const webSocketUrl = `ws://127.0.0.1:${proxy.port}/`;
      return { proxy, rig: await context.hold(Rig.start({ server, webSocketUrl })) };
    },
    calm: ({ rig }) => rig.connectedFor(STABLE_MS),
    inflict: async ({ rig, proxy }) => {
      const { reconnects } = await rig.status();
      cut(proxy);
      await rig.reconnected(reconnects);
    },
  });
}

export const networkCut: Row = {
  name: 'network-cut',
  title: 'every connection reset',
  runs: { short: 2, full: 20 },
  target: PROCESS_DEATH,
  run: (context) => cutNetworks(context, (proxy) => proxy.reset()),
};

export const networkBlackHole: Row = {
  name: 'network-black-hole',
  title: 'connections that swallow everything',
  runs: { short: 1, full: 10 },
  target: HALF_OPEN_LINK,
  run: (context) => cutNetworks(context, (proxy) => proxy.blackHole()),
};
