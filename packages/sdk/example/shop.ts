/** A shop that sells coffee: `npm run example -w @smile/sdk` beside `npm start`. docs/sdk.md walks through it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { constructEvent, createSmileToPay, money } from '@smile/sdk';

const { API = 'http://127.0.0.1:8080', KEY = 'sk_test_demosunnyside', TERMINAL = 'trm_demooldtown1' } = process.env;
const smile = createSmileToPay({ apiKey: KEY, baseUrl: API });
const sales: Record<string, string> = {};
let secret = '';

const shop = createServer(async (request, response) => {
  const answer = (status: number, body: unknown) => response.writeHead(status).end(`${JSON.stringify(body)}\n`);
  try {
    if (request.url === '/hooks') {
      const event = constructEvent(await text(request), request.headers, secret);
      if (event.type === 'payment_intent.succeeded') sales[event.data.object.id] = 'paid: make the coffee';
      if (event.type === 'payment_intent.canceled') sales[event.data.object.id] = 'canceled';
      answer(200, {});
    } else if (request.method === 'POST' && request.url === '/coffees') {
      const coffee = { amount: money(350n, 'EUR'), terminalId: TERMINAL, description: 'One coffee' };
      const payment = await smile.paymentIntents.create(coffee);
      sales[payment.id] ??= 'waiting for the guest';
      answer(200, { payment: payment.id });
    } else answer(200, sales);
  } catch (error) {
    answer(400, { error: String(error) });
  }
});

shop.listen(Number(process.env.SHOP_PORT ?? 0), '127.0.0.1', async () => {
  const address = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  const endpoint = await smile.webhookEndpoints.create({ url: `${address}/hooks` });
  secret = endpoint.secret;
  console.log(`The shop is open at ${address}: POST /coffees to sell one, GET / to see what was sold.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => smile.webhookEndpoints.delete(endpoint.id).finally(() => process.exit(0)));
  }
});
