import { generateKeyPairSync, sign } from 'node:crypto';
import { DEVICE_HEADER } from '@smile/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TERMINAL_KNOWN_MS } from '../shops/service.ts';
import { failureOf, freshPhone, newKey, openWorld, type TestTerminal, type World } from '../testing/world.ts';

let world: World;
let terminal: TestTerminal;
beforeAll(async () => {
  world = await openWorld();
  terminal = await world.terminal();
});
afterAll(() => world.close());

const PATH = '/v1/terminal';
const get = (headers: Record<string, string>, path = PATH) =>
  world.app.http.inject({ url: path, headers }).then((answer) => ({
    status: answer.statusCode,
    code: (answer.json() as { error?: { code: string } }).error?.code,
  }));

describe('a signed request', () => {
  it('opens the door once: sent again it is refused', async () => {
    const headers = terminal.headers({ method: 'GET', path: PATH });
    expect(await get(headers)).toEqual({ status: 200, code: undefined });
    expect(await get(headers)).toEqual({ status: 401, code: 'device_nonce_used' });
    // And with a new signature over the same nonce as well.
    const nonce = newKey();
    expect(await get(terminal.headers({ method: 'GET', path: PATH, nonce }))).toMatchObject({ status: 200 });
    expect(await get(terminal.headers({ method: 'GET', path: PATH, nonce }))).toMatchObject({
      code: 'device_nonce_used',
    });
  });

  it.each([-31_000, 31_000, -3_600_000])('with a clock %i ms off is refused', async (offMs) => {
    const atMs = world.clock.now().getTime() + offMs;
    expect(await get(terminal.headers({ method: 'GET', path: PATH, atMs }))).toEqual({
      status: 401,
      code: 'device_clock_off',
    });
  });

  it('is good for its own method, path, query and body only', async () => {
    const wrong = [
      terminal.headers({ method: 'POST', path: PATH }),
      terminal.headers({ method: 'GET', path: '/v1/terminal/orders/ord_00000000' }),
      terminal.headers({ method: 'GET', path: `${PATH}?a=1` }),
      terminal.headers({ method: 'GET', path: PATH, body: '{}' }),
    ];
    for (const headers of wrong) expect(await get(headers)).toEqual({ status: 401, code: 'device_signature_invalid' });
    const body = JSON.stringify({ orderId: 'ord_00000000' });
    const answer = await world.app.http.inject({
      method: 'POST',
      url: '/v1/terminal/payments',
      headers: {
        ...terminal.headers({ method: 'POST', path: '/v1/terminal/payments', body }),
        'content-type': 'application/json',
        'idempotency-key': newKey(),
      },
      payload: body.replace('ord_0', 'ord_1'),
    });
    expect(answer.json()).toMatchObject({ error: { code: 'device_signature_invalid' } });
  });

  it('of a stranger, of an unknown terminal, or mangled, is refused', async () => {
    const [header] = Object.values(terminal.headers({ method: 'GET', path: PATH }));
    const [id, at, nonce, signature] = header.split(';');
    const stranger = sign(null, Buffer.from('anything'), generateKeyPairSync('ed25519').privateKey);
    const refused = async (value: string) => (await get({ [DEVICE_HEADER]: value })).code;
    expect(await refused([id, at, nonce, stranger.toString('base64url')].join(';'))).toBe('device_signature_invalid');
    expect(await refused(['trm_nobodyknows', at, nonce, signature].join(';'))).toBe('terminal_unknown');
    // Not paired yet, so it has no key to sign with.
    expect(await refused(['trm_demoriverside1', at, nonce, signature].join(';'))).toBe('terminal_unknown');
    for (const value of ['', 'x', header.slice(0, -1), `${header}A`, header.replaceAll(';', ','), 'é'.repeat(300)]) {
      expect(await refused(value)).toBe('device_signature_missing');
    }
    expect((await get({})).code).toBe('device_signature_missing');
    // None of these burned the nonce of the real one.
    expect(await get({ [DEVICE_HEADER]: header })).toMatchObject({ status: 200 });
  });

  it('of a terminal that was switched off ends at once', async () => {
    const jade = await world.terminal('jadelane');
    expect(await get(jade.headers({ method: 'GET', path: PATH }))).toMatchObject({ status: 200 });
    await world.pool.query(`UPDATE shops_terminals SET state = 'disabled' WHERE id = $1`, [jade.id]);
    world.clock.advance(TERMINAL_KNOWN_MS);
    expect(await get(jade.headers({ method: 'GET', path: PATH }))).toEqual({ status: 403, code: 'terminal_disabled' });
  });

  it('with a person’s session beside it needs a good one', async () => {
    const bad = terminal.withPerson('not-a-session').call('getTerminalProfile', {});
    expect(await failureOf(bad)).toMatchObject({ code: 'session_invalid' });
    const ada = await world.join(freshPhone());
    expect(await terminal.withPerson(ada.token).call('getTerminalProfile', {})).toMatchObject({
      terminal: { id: terminal.id },
    });
  });
});

describe('tokens', () => {
  it('open only the doors they are for', async () => {
    const ada = await world.join(freshPhone());
    const codes = async (authorization: string) => [
      (await get({ authorization }, '/v1/me')).code,
      (await get({ authorization }, '/v1/shops/shp_demooldtown/orders')).code,
      (await get({ authorization }, '/v1/operator/claims')).code,
    ];
    const closed = ['session_invalid', 'staff_token_invalid', 'operator_token_invalid'];
    expect(await codes(`Bearer ${ada.token}`)).toEqual([undefined, closed[1], closed[2]]);
    expect(await codes('Bearer demo-staff-oldtown')).toEqual([closed[0], undefined, closed[2]]);
    expect(await codes('Bearer demo-operator')).toEqual([closed[0], closed[1], undefined]);
    for (const nonsense of ['', 'Bearer', 'Bearer ', 'Basic abc', `Bearer ${'x'.repeat(5_000)}`, "Bearer ' OR 1=1"]) {
      expect(await codes(nonsense)).toEqual(closed);
    }
  });

  it('are over after 30 days', async () => {
    const ada = await world.join(freshPhone());
    world.clock.advance(30 * 24 * 3_600_000 + 1);
    expect(await failureOf(ada.api.call('getMe', {}))).toMatchObject({ code: 'session_invalid' });
  });
});

it('a person’s call that a terminal forwards is the person’s, whatever stands beside it', async () => {
  const ada = await world.join(freshPhone());
  const headers = { authorization: `Bearer ${ada.token}`, ...terminal.headers({ method: 'GET', path: '/v1/me' }) };
  expect(await get(headers, '/v1/me')).toMatchObject({ status: 200 });
});
