import type { FastifyReply } from 'fastify';

/** Errors of the terminal's own API have the platform's shape, so that a page handles one kind only. */
export function sendError(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  const type = status === 404 ? 'not_found_error' : status < 500 ? 'invalid_request_error' : 'api_error';
  return reply.status(status).send({ error: { type, code, message } });
}

/**
 * The pages are served on loopback, and only to themselves: a foreign site open in the same browser must not drive the
 * terminal, and a name that resolves to loopback must not either.
 */
export function isOwnOrigin(headers: { host?: string; origin?: string }, allowedHosts: readonly string[]): boolean {
  const host = headers.host ?? '';
  const name = host.replace(/:\d+$/, '');
  if (!allowedHosts.includes(name)) return false;
  return headers.origin === undefined || headers.origin === `http://${host}` || headers.origin === `https://${host}`;
}
