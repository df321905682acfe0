import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { TerminalsPort } from '../context.ts';
import { registerEndpoint, sendFailure } from '../http/endpoint.ts';
import { fail, ok } from '../result.ts';
import type { OpenedScan, ScansService } from './service.ts';
import { STREAM_ROUTE } from './service.ts';
import { ScanStream, type StreamTerminal, type StreamTools } from './stream.ts';
import type { ScanWorkerPool } from './workers/worker-pool.ts';

export type ScanRoutesTools = {
  readonly service: ScansService;
  readonly workers: ScanWorkerPool;
  readonly shops: TerminalsPort;
  readonly stream: StreamTools;
  readonly lightChallenge: boolean;
  readonly log: Logger;
};

/** A kiosk shows one scan; a second may begin while the first is being closed. */
const MAX_STREAMS_A_TERMINAL = 2;
const SCAN_ID = /^scn_[0-9a-z]{8,40}$/;

type Ticket = { readonly scan: OpenedScan; readonly terminal: StreamTerminal };

/** Registers createScan and the stream. Answers what ends all streams, for the server's end. */
export function registerScanRoutes(app: FastifyInstance, tools: ScanRoutesTools): { closeStreams(): Promise<void> } {
  const { service, workers, shops } = tools;
  const streams = new Set<ScanStream>();
  const perTerminal = new Map<string, number>();
  const tickets = new WeakMap<FastifyRequest, Ticket>();

  registerEndpoint(app, 'createScan', async ({ caller, body }) => {
    if (!workers.ready) return fail('unavailable');
    return service.create({ terminalId: caller.terminal.id, personId: caller.personId }, body);
  });

  registerEndpoint(app, 'getLabSetup', async ({ caller }) =>
    ok({
      operatorId: caller.operatorId,
      modelVersion: tools.stream.modelVersion,
      lightChallenge: tools.lightChallenge,
    }),
  );
  registerEndpoint(app, 'createLabScan', async ({ caller }) => {
    if (!workers.ready) return fail('unavailable');
    return ok(await service.createForLab({ terminalId: caller.terminal.id, operatorId: caller.operatorId }));
  });

  app.route<{ Params: { scanId: string } }>({
    method: 'GET',
    url: STREAM_ROUTE,
    schema: { hide: true },
    // Everything that can be refused before the upgrade is answered as plain HTTP, with a code.
    async preValidation(request, reply) {
      const found = await app.endpointTools.authenticate(request, 'terminal');
      if (!found.ok) return sendFailure(reply, found);
      if (!request.ws) return sendFailure(reply, fail('invalid_request'), 'this is a WebSocket: ask for an upgrade');
      const { id, testMode } = found.value.terminal;
      if ((perTerminal.get(id) ?? 0) >= MAX_STREAMS_A_TERMINAL) return sendFailure(reply, fail('scans_at_capacity'));
      if (!SCAN_ID.test(request.params.scanId)) return sendFailure(reply, fail('scan_not_found'));
      const device = await shops.terminalForSignature(id);
      if (!device || device.disabled) return sendFailure(reply, fail('terminal_disabled'));
      const opened = await service.open(request.params.scanId, id);
      if (!opened.ok) return sendFailure(reply, opened);
      tickets.set(request, { scan: opened.value, terminal: { id, testMode, publicKey: device.publicKey } });
    },
    handler: (_request, reply) => sendFailure(reply, fail('not_found')),
    wsHandler(socket, request) {
      const ticket = tickets.get(request);
      if (!ticket) throw new Error('a stream was opened without a ticket');
      const { terminal } = ticket;
      perTerminal.set(terminal.id, (perTerminal.get(terminal.id) ?? 0) + 1);
      const stream = new ScanStream(tools.stream, socket, ticket.scan, terminal);
      void stream.done.then(() => {
        streams.delete(stream);
        const left = (perTerminal.get(terminal.id) ?? 1) - 1;
        if (left > 0) perTerminal.set(terminal.id, left);
        else perTerminal.delete(terminal.id);
      });
      streams.add(stream);
    },
  });

  return {
    async closeStreams() {
      await Promise.all([...streams].map((stream) => stream.abort('server_closing')));
    },
  };
}
