import { generateKeyPairSync } from 'node:crypto';
import { MenuSchema } from '@smile/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, openWorld, type World } from '../testing/world.ts';
import { burgerMenu, noodleMenu } from './demo-menus.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const newPublicKey = (type: 'ed25519' | 'x25519' = 'ed25519') =>
  generateKeyPairSync(type as 'ed25519')
    .publicKey.export({ type: 'spki', format: 'der' })
    .toString('base64url');
const pair = (pairingCode: string, publicKey = newPublicKey()) =>
  world.anyone.call('pairTerminal', { body: { pairingCode, publicKey, model: 'box', softwareVersion: '1' } });

describe('pairing', () => {
  it('gives a device its place in a shop, once for each code', async () => {
    expect(await pair('demo-riverside')).toMatchObject({
      shopId: 'shp_demoriverside',
      state: 'active',
      testMode: true,
    });
    expect(await failureOf(pair('DEMO-RIVERSIDE'))).toMatchObject({ code: 'pairing_code_invalid', status: 400 });
  });

  it('opens a code to one of two devices that come at once', async () => {
    const outcomes = await Promise.allSettled([pair('DEMO-JADELANE'), pair('DEMO-JADELANE')]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('does not take codes that are over', async () => {
    await world.app.rooms.shops.putPairingCode('trm_demojadelane1', 'SHORT-LIVED', 60_000);
    world.clock.advance(60_001);
    expect(await failureOf(pair('SHORT-LIVED'))).toMatchObject({ code: 'pairing_code_invalid' });
  });

  it.each(['nonsense', '', '!!!', newPublicKey('x25519')])('does not take “%s” for a key', async (publicKey) => {
    expect(await failureOf(pair('DEMO-OLDTOWN', publicKey))).toMatchObject({ code: 'public_key_invalid' });
  });

  it('is not a game of guessing', async () => {
    const guesses = [];
    for (let guess = 0; guess < 11; guess += 1) guesses.push(await failureOf(pair(`GUESS-${guess}`)));
    expect(guesses.at(-1)).toMatchObject({ code: 'pairing_attempts_limited', status: 429 });
    world.clock.advance(11 * 60_000);
  });
});

it('a terminal learns its shop and menu', async () => {
  const terminal = await world.terminal('oldtown');
  const profile = await terminal.api.call('getTerminalProfile', {});
  expect(profile).toMatchObject({
    terminal: { id: terminal.id, state: 'active' },
    shop: { name: 'Old Town', merchantName: 'Sunny Side Burgers', currency: 'EUR', country: 'DE' },
  });
  expect(profile.menu).toEqual(burgerMenu);
});

it('the demo can be opened again and again: its codes work anew, nothing is there twice', async () => {
  await world.app.prepare();
  expect(await pair('DEMO-RIVERSIDE')).toMatchObject({ shopId: 'shp_demoriverside' });
  const { rows } = await world.pool.query(
    `SELECT (SELECT count(*) FROM shops_merchants) AS merchants, (SELECT count(*) FROM shops_shops) AS shops,
            (SELECT count(*) FROM staff_tokens) AS tokens`,
  );
  expect(rows[0]).toEqual({ merchants: 2n, shops: 3n, tokens: 7n });
  expect((await world.balances()).cover).toBe(500_000n);
});

describe.each([
  ['burgers', burgerMenu],
  ['noodles', noodleMenu],
])('the menu of %s', (_name, menu) => {
  it('fits the contract, with ids and categories that exist once', () => {
    expect(MenuSchema.parse(menu)).toEqual(menu);
    const ids = menu.items.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const categories = new Set(menu.categories.map(({ id }) => id));
    for (const item of menu.items) {
      expect(categories.has(item.category), item.name.en).toBe(true);
      const components = item.components.map(({ id }) => id);
      expect(new Set(components).size, item.name.en).toBe(components.length);
    }
  });
});
