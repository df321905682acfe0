import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Callers } from '../http/callers.ts';
import { registerEndpoint, registerIdempotentEndpoint, sendFailure } from '../http/endpoint.ts';
import { fail, ok } from '../result.ts';
import type { Payouts } from './service.ts';

/** A statement of ten thousand lines fits well. */
const BANK_FILE_LIMIT_BYTES = 16 * 1024 * 1024;
const BATCH_ID = /^pyb_[0-9a-z]{8,40}$/;

export function payoutRoutes(app: FastifyInstance, payouts: Payouts): void {
  registerEndpoint(app, 'setPayoutAccount', ({ caller, params, body }) =>
    payouts.setAccount(params.merchantId, body, caller.operatorId),
  );
  registerEndpoint(app, 'getPayoutAccount', ({ caller }) => payouts.account(caller.merchantId));
  registerEndpoint(app, 'listPayouts', async ({ caller, query }) =>
    ok(await payouts.listOfMerchant(caller.merchantId, query)),
  );
  registerIdempotentEndpoint(app, 'createPayoutBatch', {
    effect: (client, { caller, body }) => payouts.createBatch(client, body, caller.operatorId),
  });
  registerEndpoint(app, 'listPayoutBatches', async ({ query }) => ok(await payouts.listBatches(query)));
  registerEndpoint(app, 'getPayoutBatch', ({ params }) => payouts.batch(params.batchId));
  registerEndpoint(app, 'getReconciliation', async ({ query }) => ok(await payouts.reconciliation(query.currency)));
  registerEndpoint(app, 'explainBankLine', ({ caller, params, body }) =>
    payouts.explainLine(params.lineId, body.note, caller.operatorId),
  );
  app.register(async (files) => bankFileRoutes(files, payouts));
}

/** Files for the bank and from it are not JSON, so they stand beside the contract; the same door is before them. */
function bankFileRoutes(app: FastifyInstance, payouts: Payouts): void {
  const operator = async (request: FastifyRequest, reply: FastifyReply) => {
    const found = await app.endpointTools.authenticate(request, 'operator');
    if (!found.ok) return sendFailure(reply, found);
    request.caller = found.value;
  };
  const operatorId = (request: FastifyRequest): string => (request.caller as Callers['operator']).operatorId;
  const download = (reply: FastifyReply, type: string, fileName: string, content: string) =>
    reply
      .type(`${type}; charset=utf-8`)
      .header('content-disposition', `attachment; filename="${fileName}"`)
      .header('cache-control', 'no-store')
      .send(content);

  const schema = { tags: ['payouts'], security: [{ operator: [] }] };
  type BatchParams = { Params: { batchId: string } };
  app.get<BatchParams>(
    '/v1/operator/payout_batches/:batchId/pain.001',
    {
      preValidation: operator,
      schema: { ...schema, operationId: 'getPain001', summary: 'The order to the bank (ISO 20022)' },
    },
    async (request, reply) => {
      if (!BATCH_ID.test(request.params.batchId)) return sendFailure(reply, fail('payout_batch_not_found'));
      const file = await payouts.bankOrder(request.params.batchId, operatorId(request));
      return file.ok
        ? download(reply, 'application/xml', file.value.fileName, file.value.xml)
        : sendFailure(reply, file);
    },
  );
  app.get<BatchParams>(
    '/v1/operator/payout_batches/:batchId/csv',
    { preValidation: operator, schema: { ...schema, operationId: 'getPayoutsCsv', summary: 'A batch as CSV' } },
    async (request, reply) => {
      if (!BATCH_ID.test(request.params.batchId)) return sendFailure(reply, fail('payout_batch_not_found'));
      const file = await payouts.csv(request.params.batchId);
      return file.ok ? download(reply, 'text/csv', file.value.fileName, file.value.csv) : sendFailure(reply, file);
    },
  );

  // Before the body is read: a stranger may not make the server take in megabytes.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/xml', 'text/xml'],
    { parseAs: 'string', bodyLimit: BANK_FILE_LIMIT_BYTES },
    (_request, body, done) => done(null, body),
  );
  app.post(
    '/v1/operator/bank_files',
    {
      onRequest: operator,
      bodyLimit: BANK_FILE_LIMIT_BYTES,
      schema: {
        ...schema,
        operationId: 'readBankFile',
        summary: 'Read a status report (pain.002) or statement (camt.053)',
        consumes: ['application/xml'],
      },
    },
    async (request, reply) => {
      if (typeof request.body !== 'string') return sendFailure(reply, fail('bank_file_invalid'));
      const result = await payouts.readBankFile(request.body, operatorId(request));
      return result.ok ? reply.send(result.value) : sendFailure(reply, result);
    },
  );
}
