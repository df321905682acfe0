import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { MerchantEvent } from '@smile/contract';
import { Webhook } from 'standardwebhooks';

export type Received = {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: MerchantEvent;
};

/** A merchant's endpoint on loopback, that writes down what it gets and answers as the test says. */
export type Receiver = {
  readonly url: string;
  readonly received: Received[];
  /** 200 until the test says otherwise. */
  answer: (response: ServerResponse, request: Received) => void;
  close(): Promise<void>;
};

/** @param tls speaks TLS with this certificate */
export async function openReceiver(tls?: { readonly cert: string; readonly key: string }): Promise<Receiver> {
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const received = { headers: request.headers, body, event: JSON.parse(body) as MerchantEvent };
      receiver.received.push(received);
      receiver.answer(response, received);
    });
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received: [],
    answer: (response) => response.writeHead(200).end('thank you'),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return receiver;
}

export const statusAnswer =
  (status: number, headers: Record<string, string> = {}): Receiver['answer'] =>
  (response) =>
    response.writeHead(status, headers).end();

/** Which of these secrets the signatures of a delivery fit, at the time it says it was signed. */
export function signedBy({ headers, body }: Received, secrets: readonly string[]): string[] {
  const signatures = String(headers['webhook-signature']).split(' ');
  const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
  return secrets.filter((secret) =>
    signatures.includes(new Webhook(secret).sign(String(headers['webhook-id']), at, body)),
  );
}
