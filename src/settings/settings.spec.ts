import { loadConfig } from '../../config/environment';
import { initialSettings, parseSetting, SETTING_KEYS, settingsSchema } from './settings';

describe('Settings', () => {
  it('are all known at the start, from the environment, and all within their own bounds', () => {
    const initial = initialSettings(loadConfig({ SESSION_MAX_PER_PROJECT: '7' }));
    expect(initial.sessionsPerProject).toBe(7);
    expect(Object.keys(initial).sort()).toEqual([...SETTING_KEYS].sort());
    expect(settingsSchema.safeParse(initial).success).toBe(true);
  });

  it('ignore what the database holds of another version', () => {
    expect(parseSetting('sessionsPerUser', 5)).toEqual({ sessionsPerUser: 5 });
    expect(parseSetting('sessionsPerUser', 'many')).toBeUndefined();
    expect(parseSetting('noSuchSetting', 5)).toBeUndefined();
    expect(parseSetting('__proto__', {})).toBeUndefined();
  });

  it.each(['\u0007', 'a\u202eb', 'a\u2028b', 'a\rb', 'x'.repeat(501)])('take no banner such as %j', (loginBanner) => {
    expect(parseSetting('loginBanner', loginBanner)).toBeUndefined();
  });

  it('take a banner of several lines in any language', () => {
    expect(parseSetting('loginBanner', ' Nur für uns.\n只给我们用。 ')).toEqual({
      loginBanner: 'Nur für uns.\n只给我们用。',
    });
  });
});
