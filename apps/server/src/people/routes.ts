import type { FastifyInstance } from 'fastify';
import { registerEndpoint } from '../http/endpoint.ts';
import { ok } from '../result.ts';
import { currentConsentTexts } from './consent-texts.ts';
import type { People } from './service.ts';

export function peopleRoutes(app: FastifyInstance, people: People): void {
  registerEndpoint(app, 'requestCode', ({ body, request }) =>
    people.requestCode({ phone: body.phone, country: body.country, language: body.language, address: request.ip }),
  );
  registerEndpoint(app, 'openSession', ({ body }) => people.openSession(body));
  registerEndpoint(app, 'closeSession', async ({ caller }) => {
    await people.closeSession(caller.sessionId);
    return ok({ closed: true as const });
  });
  registerEndpoint(app, 'getMe', async ({ caller }) => ok(await people.profile(caller.personId)));
  registerEndpoint(app, 'getConsentTexts', async ({ query }) => ok({ data: currentConsentTexts(query.language) }));
  registerEndpoint(app, 'giveConsent', ({ caller, body }) =>
    people.giveConsent(caller.personId, body.kind, body.version),
  );
  registerEndpoint(app, 'setPin', ({ caller, body }) => people.setPin(caller.personId, body.pin, body.currentPin));
  registerEndpoint(app, 'setFacePay', ({ caller, body }) => people.setFacePay(caller.personId, body.enabled));
  registerEndpoint(app, 'setPhoneStep', async ({ caller, body }) =>
    ok(await people.setPhoneStep(caller.personId, body.phoneStep)),
  );
  registerEndpoint(app, 'deleteFace', async ({ caller }) => ok(await people.deleteFace(caller.personId)));
}
