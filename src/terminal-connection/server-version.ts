/** As in package.json; `server-version.spec.ts` keeps them equal. */
export const SERVER_VERSION = '0.1.0';
