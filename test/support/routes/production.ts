/** What a server of production has at least: nothing that can be guessed. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  JWT_SECRET: 'f81d9a0c7be24e6d93a15c08b7f2e64d5a3c9b17',
  METRICS_TOKEN: 'Zk3vQ9xY7mN4tR6sL0dF2gH5',
};
