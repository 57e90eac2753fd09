/** As in production, beside it on the same machine: ports, data and name of its own, and more to read in the log. */
const path = require('node:path');
const { apps } = require('./ecosystem.config.js');

const [production] = apps;

module.exports = {
  apps: [
    {
      ...production,
      name: 'holdfast-staging',
      env: {
        ...production.env,
        NODE_ENV: 'staging',
        PORT: '4210',
        WS_TERMINAL_PORT: '4201',
        WS_CLAUDE_PORT: '4202',
        DATA_DIR: path.join(production.cwd, 'data-staging'),
        NODE_NAME: 'staging',
        LOG_LEVEL: 'debug',
      },
    },
  ],
};
