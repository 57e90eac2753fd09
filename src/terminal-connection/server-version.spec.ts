import { version } from '../../package.json';
import { SERVER_VERSION } from './server-version';

it('names the version of package.json', () => {
  expect(SERVER_VERSION).toBe(version);
});
