import { expect, it } from 'vitest';
import { hashPin, isWeakPin, pinMatches, pretendToMatch } from './pin.ts';

it.each([
  '000000',
  '123456',
  '654321',
  '890123',
  '121212',
  '123123',
  '112233',
  '111222',
  '123321',
  '999998',
  '147147',
  '246802',
])('%s is among the first anybody would try', (pin) => {
  expect(isWeakPin(pin)).toBe(true);
});

it.each(['271828', '314159', '908172', '480926'])('%s is not', (pin) => {
  expect(isWeakPin(pin)).toBe(false);
});

it('matches its own hash alone, and nobody’s never', async () => {
  const hash = await hashPin('271828');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await pinMatches(hash, '271828')).toBe(true);
  expect(await pinMatches(hash, '271829')).toBe(false);
  expect(await pretendToMatch('nobody')).toBe(false);
});
