import { lookup as resolveName } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Address = { readonly address: string; readonly family: 4 | 6 };
export type Resolve = (host: string) => Promise<readonly Address[]>;

/** What the system's resolver says: hosts file included, since it is what connecting would use. */
export const systemResolve: Resolve = async (host) => {
  const found = await resolveName(host, { all: true, verbatim: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};

/**
 * Whether an address is one that anybody on the internet could reach. Only what ipaddr.js calls `unicast` is: every
 * range with a purpose of its own (IANA special-purpose registries: private, loopback, link-local with the metadata
 * services of clouds, carrier NAT, multicast, documentation, benchmarking, 6to4, Teredo, NAT64) has another name there. An IPv4 address in an
 * IPv6 one is judged as the IPv4 address it is.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (family === 4) return ipaddr.IPv4.parse(address).range() === 'unicast';
  const parsed = ipaddr.IPv6.parse(address);
  if (parsed.zoneId) return false;
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().range() === 'unicast';
  if (parsed.range() !== 'unicast') return false;
  // Global unicast is 2000::/3 (RFC 4291). What lies outside is unassigned, or an old way to write an IPv4 address.
  return parsed.parts[0] >>> 13 === 1;
}

export function isLoopback(address: string): boolean {
  if (isIP(address) === 0) return false;
  return ipaddr.process(address).range() === 'loopback';
}

/** The host of a URL as an address, where it is one: brackets off. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

export type AddressRule = {
  /** For tests and local development only. */
  readonly allowLoopback: boolean;
};

export function isAllowedAddress(address: string, rule: AddressRule): boolean {
  return isPublicAddress(address) || (rule.allowLoopback && isLoopback(address));
}

/** Why this URL may not be an endpoint; null when it may. What its name resolves to is checked at each delivery. */
export function urlProblem(text: string, rule: AddressRule & { readonly livemode: boolean }): string | null {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'not an http(s) address';
  if (url.protocol === 'http:' && rule.livemode) return 'live mode wants https';
  if (url.username || url.password) return 'sign-ins do not belong into the address';
  if (url.hash) return 'fragments are never sent';
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isAllowedAddress(host, rule)) return 'a private address';
  if (/(^|\.)localhost\.?$/i.test(host) && !rule.allowLoopback) return 'a private address';
  return null;
}
