/**
 * PM2, for those who have it: `npm run build && pm2 start deploy/ecosystem.config.js`, and after each new build
 * `pm2 reload holdfast`, which drops no connection. PM2 holds the ports here; `npm start` needs no process manager for the same.
 *
 * There is no app for the PTY host: the first gateway starts its keeper detached, outside of PM2, so that no `pm2` command
 * ends a shell. `npm run host:stop` does.
 */
const path = require('node:path');

/** Gateways let their clients move for so long; PM2 kills them later than that. */
const DRAIN_TIMEOUT_MS = 5_000;
const CLOSE_MS = 15_000;

const root = path.resolve(__dirname, '..');

module.exports = {
  apps: [
    {
      name: 'holdfast',
      // Where `.env` is read from. It has to name a DATABASE_URL: no single gateway could own the embedded database.
      cwd: root,
      script: 'dist/src/main.js',
      exec_mode: 'cluster',
      instances: 2,
      // A gateway says when it serves; until then the old one does.
      wait_ready: true,
      listen_timeout: 120_000,
      kill_timeout: DRAIN_TIMEOUT_MS + CLOSE_MS,
      // Otherwise PM2 would signal the PTY host and every shell with the gateway that started it.
      treekill: false,
      // One that dies at once is not started in a tight loop.
      exp_backoff_restart_delay: 100,
      env: { NODE_ENV: 'production', DRAIN_TIMEOUT_MS: String(DRAIN_TIMEOUT_MS) },
    },
  ],
};
