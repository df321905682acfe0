import pino, { type DestinationStream, type Logger } from 'pino';
import type { ServerConfig } from '../config.ts';

/**
 * Logs say what happened, never to whom: a request is its route (not its address, which may hold a receipt's secret),
 * no header and no body is written, and fields with these names are blanked wherever a log line might carry them.
 */
const SECRET_FIELDS = [
  'phone',
  'pin',
  'currentPin',
  'code',
  'token',
  'authorization',
  'cookie',
  'smile-person',
  'smile-device',
  'pairingCode',
  'password',
  'probe',
  'template',
  'embedding',
];

export function createLogger(config: Pick<ServerConfig, 'logLevel'>, destination?: DestinationStream): Logger {
  return pino(
    {
      level: config.logLevel,
      base: undefined,
      redact: {
        paths: SECRET_FIELDS.flatMap((name) => {
          const field = name.includes('-') ? `["${name}"]` : name;
          const dotted = name.includes('-') ? field : `.${field}`;
          return [field, `*${dotted}`, `*.*${dotted}`];
        }),
        censor: '[hidden]',
      },
      serializers: { req: describeRequest, res: describeReply, err: describeError, error: describeError },
    },
    destination ?? pino.destination(1),
  );
}

type LoggedRequest = { readonly method?: string; readonly routeOptions?: { readonly url?: string } };

function describeRequest(request: LoggedRequest): Record<string, unknown> {
  return { method: request.method, route: request.routeOptions?.url ?? '(none)' };
}

function describeReply(reply: { readonly statusCode?: number }): Record<string, unknown> {
  return { status: reply.statusCode };
}

/** A database's error may quote the row at fault (`detail`, `where`), a message may quote a number: neither is written. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: 'something that is not an error was thrown' };
  const { code, constraint, table } = error as { code?: unknown; constraint?: unknown; table?: unknown };
  return {
    name: error.name,
    message: hideNumbers(error.message),
    ...(typeof code === 'string' ? { errorCode: code } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(typeof table === 'string' ? { table } : {}),
    stack: error.stack === undefined ? undefined : hideNumbers(error.stack),
    ...(error.cause instanceof Error ? { cause: describeError(error.cause) } : {}),
  };
}

/** Runs of six and more digits, also spaced ones, are phone numbers, PINs or codes as far as a log can know. */
export function hideNumbers(text: string): string {
  return text.replace(/\+?\d(?:[ ()./-]{0,3}\d){5,}/g, '···');
}
