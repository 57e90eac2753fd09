import { hardenProcess } from '../../kernel/harden-process';
import { Broker } from './broker';
import { KeeperLink } from './keeper-link';

async function main(): Promise<void> {
  const directory = process.argv[2];
  if (!directory || !process.send) throw new Error('the broker is started by the keeper');
  const log = (message: string): void => console.log(`${new Date().toISOString()} broker ${message}`);
  process.umask(0o077);
  process.on('SIGHUP', () => undefined);
  process.on('SIGINT', () => undefined);
  hardenProcess();
  // One that only stands by has nothing to serve to its end.
  const leave = (): void => process.exit(0);
  process.once('disconnect', leave);
  const keeper = new KeeperLink();
  keeper.send({ type: 'warm' });
  const init = await keeper.init;
  process.off('disconnect', leave);
  const broker = new Broker(directory, keeper, init, log);
  process.on('SIGTERM', () => broker.stop());
  await broker.start();
}

void main();
