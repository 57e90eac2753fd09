import { StartupError } from '../startup-error';
import { explainMissingExtension } from './missing-extension';

function refusal(code: string, message: string): Error {
  return Object.assign(new Error(message), { driverError: Object.assign(new Error(message), { code }) });
}

describe('explainMissingExtension', () => {
  it.each([
    ['0A000', 'extension "pg_trgm" is not available'],
    ['58P01', 'could not open extension control file ".../pg_trgm.control"'],
    ['42501', 'permission denied to create extension "pg_trgm"'],
    ['42704', 'operator class "gin_trgm_ops" does not exist for access method "gin"'],
  ])('says what to do about %s', (code, message) => {
    const explained = explainMissingExtension(refusal(code, message));
    expect(explained).toBeInstanceOf(StartupError);
    expect((explained as Error).message).toContain('CREATE EXTENSION pg_trgm');
    expect((explained as Error).message).not.toContain('\n');
  });

  it('leaves every other failure as it is', () => {
    const other = refusal('42501', 'permission denied for schema public');
    expect(explainMissingExtension(other)).toBe(other);
  });
});
