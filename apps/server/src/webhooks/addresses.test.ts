import { describe, expect, it } from 'vitest';
import { isAllowedAddress, isLoopback, isPublicAddress, urlProblem } from './addresses.ts';

describe('a public address', () => {
  it.each(['93.184.215.14', '1.1.1.1', '2606:4700:4700::1111', '2a00:1450:4001::1', '::ffff:1.1.1.1'])(
    '%s is one',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback beyond .1', '127.8.8.8'],
    ['loopback', '::1'],
    ['loopback in IPv6', '::ffff:127.0.0.1'],
    ['loopback in IPv6, in hex', '::ffff:7f00:1'],
    ['loopback, IPv4-compatible', '::127.0.0.1'],
    ['loopback by NAT64', '64:ff9b::7f00:1'],
    ['loopback by 6to4', '2002:7f00:1::'],
    ['loopback by Teredo', '2001:0:7f00:1::'],
    ['unspecified', '0.0.0.0'],
    ['unspecified', '::'],
    ['this network', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['private in IPv6', '::ffff:192.168.1.1'],
    ['carrier NAT', '100.64.0.1'],
    ['link-local', '169.254.1.1'],
    ['metadata of clouds', '169.254.169.254'],
    ['metadata in IPv6', '::ffff:169.254.169.254'],
    ['metadata of a cloud by IPv6', 'fd00:ec2::254'],
    ['metadata of another cloud', '100.100.100.200'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local of old', 'fec0::1'],
    ['unique local', 'fc00::1'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['documentation', '192.0.2.1'],
    ['documentation', '203.0.113.9'],
    ['documentation', '2001:db8::1'],
    ['benchmarking', '198.18.0.1'],
    ['protocol assignments', '192.0.0.8'],
    ['discard only', '100::1'],
    ['translated', '64:ff9b:1::1'],
    ['unassigned', '4000::1'],
    ['not an address', 'example.com'],
    ['not an address', '127.1'],
  ])('is not: %s, %s', (_why, address) => expect(isPublicAddress(address)).toBe(false));
});

it('the switch for local development opens loopback and nothing else', () => {
  const rule = { allowLoopback: true };
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    expect(isLoopback(address)).toBe(true);
    expect(isAllowedAddress(address, rule)).toBe(true);
    expect(isAllowedAddress(address, { allowLoopback: false })).toBe(false);
  }
  for (const address of ['10.0.0.1', '169.254.169.254', 'fd00::1', '0.0.0.0']) {
    expect(isAllowedAddress(address, rule)).toBe(false);
  }
});

it('an endpoint’s URL is https, of a name or a public address, without sign-in or fragment', () => {
  const live = { livemode: true, allowLoopback: false };
  const test = { livemode: false, allowLoopback: false };
  expect(urlProblem('https://shop.example/hooks?x=1', live)).toBeNull();
  expect(urlProblem('http://shop.example/hooks', test)).toBeNull();
  expect(urlProblem('http://127.0.0.1:3000/', { ...test, allowLoopback: true })).toBeNull();
  for (const url of [
    'http://shop.example/hooks',
    'ftp://shop.example/',
    'https://user:secret@shop.example/',
    'https://shop.example/#part',
    'https://localhost/',
    'https://api.localhost./',
    // Spellings of 127.0.0.1, as the URL standard reads them.
    'https://127.1/',
    'https://0x7f.0.0.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.1.2.3/',
    'nonsense',
  ]) {
    expect([url, urlProblem(url, live)]).toEqual([url, expect.any(String)]);
  }
});
