import { parseCommand } from '../../../dev/commands/options';
import { stackEnvironment } from '../../../dev/stack/environment';
import { StackError } from '../../../dev/stack/errors';
import { freePort, PORT_NAMES, PORT_SETTINGS, portsFromEnvironment } from '../../../dev/stack/ports';

const parse = (...args: string[]) => parseCommand(args, {});

describe('parseCommand', () => {
  it('starts everything when there is no command', () => {
    expect(parse()).toMatchObject({ command: 'up', fresh: false, speed: 200, speedGiven: false });
  });

  it('reads the flags of the demo', () => {
    const args = [
      'demo',
      '--speed',
      '50',
      '--file',
      'a.csv',
      '--json',
      'out.json',
      '--restaurants',
      '30',
      '--keep',
    ];
    expect(parse(...args)).toMatchObject({
      command: 'demo',
      speed: 50,
      speedGiven: true,
      file: 'a.csv',
      json: 'out.json',
      restaurants: 30,
      keep: true,
    });
  });

  it.each([
    ['an unknown command', ['dmeo'], 'dmeo'],
    ['two commands', ['demo', 'token'], 'demo token'],
    ['an unknown flag', ['--frehs'], '--frehs'],
    ['a flag without its value', ['demo', '--json'], '--json'],
    ['a flag of another command', ['--keep'], '--keep'],
    ['a speed of 0', ['--speed', '0'], '--speed'],
    ['a speed in words', ['--speed', 'fast'], 'fast'],
    ['too many restaurants', ['demo', '--restaurants', '1001'], '1001'],
    ['half a restaurant', ['demo', '--restaurants', '0.5'], '0.5'],
    ['an unknown role', ['token', '--role', 'owner'], 'owner'],
    ['an offset past the last port', ['--port-offset', '59999'], '--port-offset'],
  ])('refuses %s and names it', (_what, args, named) => {
    expect(() => parse(...args)).toThrow(StackError);
    expect(() => parse(...args)).toThrow(named);
  });
});

describe('portsFromEnvironment', () => {
  it('moves the usual ports by the offset, and leaves given ones', () => {
    const ports = portsFromEnvironment({ API_PORT: '9000' }, 10);
    expect(ports.api).toBe(9000);
    expect(ports.temporal).toBe(PORT_SETTINGS.temporal.usual + 10);
  });

  it.each(['', '0', '65536', '80a', '-1', '4000.5'])('refuses or ignores "%s"', (text) => {
    if (text === '') expect(portsFromEnvironment({ API_PORT: text }, 0).api).toBe(PORT_SETTINGS.api.usual);
    else expect(() => portsFromEnvironment({ API_PORT: text }, 0)).toThrow(/API_PORT/);
  });

  it('keeps usual ports out of the range that systems give to outgoing connections', () => {
    for (const name of PORT_NAMES) expect(PORT_SETTINGS[name].usual).toBeLessThan(32_768);
  });
});

describe('freePort', () => {
  it('gives a port of their own to those who ask at once', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(new Set(ports).size).toBe(20);
  });
});

describe('stackEnvironment', () => {
  const environment = (speed: number) =>
    stackEnvironment({
      dir: '/data',
      ports: portsFromEnvironment({}, 0),
      secrets: {
        postgresPassword: 'p',
        authenticatorPassword: 'a',
        jwtSecret: 'j'.repeat(32),
        sealKeys: 'k:x',
        payloadKeys: 'k:x',
        codecToken: 'c'.repeat(32),
        ownerKeySecret: 'o',
        webhookSecret: 'w',
        nzbnApiKey: 'n',
        backendServiceKey: 'b',
        integratorId: 'i',
        integratorSecret: 's',
      },
      keys: { anon: 'anon', serviceRole: 'service' },
      databaseUrl: 'postgres://x',
      speed,
    });

  it('scales durations and limits alike', () => {
    expect(environment(200)).toMatchObject({
      TIME_SCALE: '0.005',
      SIM_TIME_SCALE: '0.005',
      ACCOUNT_MIN_INTERVAL_MS: '300',
      NZBN_RATE_PER_SECOND: '200',
      NZBN_BURST: '1000',
    });
  });

  it('ends the scaling of rates at a thousand a second, and never switches the account gate off', () => {
    expect(environment(100_000)).toMatchObject({
      NZBN_RATE_PER_SECOND: '1000',
      ACCOUNT_MIN_INTERVAL_MS: '1',
    });
  });

  it.each([0, -1, NaN, Infinity])('refuses the speed %p', (speed) => {
    expect(() => environment(speed)).toThrow(StackError);
  });
});
