import { describe, expect, it } from 'vitest';
import { configFromEnvironment } from './config.ts';

describe('the configuration', () => {
  it('needs nothing', () => {
    expect(configFromEnvironment({})).toMatchObject({
      port: 8080,
      host: '127.0.0.1',
      mode: 'development',
      coverCapMinor: 10_000n,
    });
  });

  it('reads what is set, and takes an empty variable for none', () => {
    expect(configFromEnvironment({ PORT: '0', DEMO: 'off', COVER_CAP_MINOR: '2500', HOST: '' })).toMatchObject({
      port: 0,
      demo: false,
      coverCapMinor: 2_500n,
      host: '127.0.0.1',
    });
  });

  it.each([
    ['PORT', '99999'],
    ['PORT', 'http'],
    ['MODE', 'prod'],
    ['DATABASE_URL', 'mysql://somewhere'],
    ['COVER_CAP_MINOR', '-1'],
    ['SERVER_SECRET', 'short'],
    ['DEMO', 'perhaps'],
  ])('names the variable at fault: %s=%s', (name, value) => {
    expect(() => configFromEnvironment({ [name]: value })).toThrow(`configuration: ${name}: `);
  });
});
