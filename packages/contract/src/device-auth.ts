/**
 * How a terminal signs its requests. The header is
 * `Smile-Device: <terminalId>;<timestampMs>;<requestNonce>;<signature>`, the signature Ed25519 in base64url over
 * `deviceSigningText`. The server accepts a timestamp within DEVICE_CLOCK_TOLERANCE_MS and a nonce once.
 */
export const DEVICE_HEADER = 'smile-device';
/** Carries a person's session token where the Authorization header is not the person's own. */
export const PERSON_HEADER = 'smile-person';
export const DEVICE_CLOCK_TOLERANCE_MS = 30_000;

export type DeviceRequest = {
  readonly terminalId: string;
  readonly timestampMs: number;
  readonly requestNonce: string;
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  /** SHA-256 of the body bytes in hex; of nothing when there is no body. */
  readonly bodySha256: string;
};

export function deviceSigningText(request: DeviceRequest): string {
  return [
    'smile-device-v1',
    request.terminalId,
    String(request.timestampMs),
    request.requestNonce,
    request.method.toUpperCase(),
    request.path,
    request.bodySha256,
  ].join('\n');
}

export function formatDeviceHeader(request: DeviceRequest, signature: string): string {
  return [request.terminalId, request.timestampMs, request.requestNonce, signature].join(';');
}

export function parseDeviceHeader(
  header: string,
): { terminalId: string; timestampMs: number; requestNonce: string; signature: string } | null {
  const match = /^(trm_[0-9a-z]{8,40});(\d{1,15});([A-Za-z0-9_-]{8,64});([A-Za-z0-9_-]{86})$/.exec(header);
  if (!match) return null;
  return { terminalId: match[1], timestampMs: Number(match[2]), requestNonce: match[3], signature: match[4] };
}
