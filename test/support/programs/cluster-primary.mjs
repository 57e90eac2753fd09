// A Node cluster of two gateways, reloaded on SIGHUP as PM2 does it: a new worker serves, then an old one is asked to leave.
import cluster from 'node:cluster';

const [main] = process.argv.slice(2);
const WORKERS = 2;
cluster.setupPrimary({ exec: main });

const ready = (worker) =>
  new Promise((resolve, reject) => {
    worker.on('message', (message) => message === 'ready' && resolve());
    worker.once('exit', (code) => reject(new Error(`a worker ended with code ${code}`)));
  });

async function replace(old) {
  await ready(cluster.fork());
  const gone = new Promise((resolve) => old.once('exit', resolve));
  old.send('shutdown');
  await gone;
}

async function reload() {
  for (const old of Object.values(cluster.workers)) await replace(old);
  console.log('reloaded');
}

const started = Promise.all(Array.from({ length: WORKERS }, () => ready(cluster.fork())));
// The first worker serves, and is asked to go, before the last one has come: without this, the signal would end the primary.
process.on('SIGHUP', () => void started.then(reload));
process.on('SIGTERM', () => {
  cluster.on('exit', () => Object.keys(cluster.workers).length === 0 && process.exit(0));
  for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGINT');
});
await started;
