import { type Environment, loadConfig } from '../../../config/environment';
import { possibleSchemes } from './request-scheme';

function schemes(env: Environment, forwarded?: string): readonly string[] {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-proto': forwarded };
  return possibleSchemes({ headers }, loadConfig(env));
}

describe('how a client may have come', () => {
  it('is https when the server speaks TLS, whatever a header says', () => {
    const tls = { TLS_CERT_FILE: '/c', TLS_KEY_FILE: '/k', TRUST_PROXY: 'true' };
    expect(schemes(tls)).toEqual(['https']);
    expect(schemes(tls, 'http')).toEqual(['https']);
  });

  it('is what the trusted proxy says', () => {
    expect(schemes({ TRUST_PROXY: 'true' }, 'https')).toEqual(['https']);
    expect(schemes({ TRUST_PROXY: 'true' }, 'http')).toEqual(['http']);
  });

  it('is unknown when nobody says so who is trusted', () => {
    expect(schemes({ TRUST_PROXY: 'true' }, 'gopher')).toEqual(['http', 'https']);
    expect(schemes({}, 'https')).toEqual(['http', 'https']);
    expect(schemes({})).toEqual(['http', 'https']);
  });
});
