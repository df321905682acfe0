import type { ErrorBody, ErrorType } from '@smile/contract';
import type { ClaimsErrorCode } from '../claims/errors.ts';
import type { EventsErrorCode } from '../events/errors.ts';
import type { FacesErrorCode } from '../faces/errors.ts';
import type { FundingErrorCode } from '../funding/errors.ts';
import type { OrdersErrorCode } from '../orders/errors.ts';
import type { PaymentsErrorCode } from '../payments/errors.ts';
import type { PayoutsErrorCode } from '../payouts/errors.ts';
import type { PeopleErrorCode } from '../people/errors.ts';
import type { Failure } from '../result.ts';
import type { ScansErrorCode } from '../scans/errors.ts';
import type { ShopsErrorCode } from '../shops/errors.ts';
import type { StaffErrorCode } from '../staff/errors.ts';
import type { WebhooksErrorCode } from '../webhooks/errors.ts';
import type { HttpErrorCode } from './failures.ts';

/** Every code that a room can return. A room adds its code to its own errors.ts, and this table must then know it. */
export type ErrorCode =
  | HttpErrorCode
  | PeopleErrorCode
  | ShopsErrorCode
  | OrdersErrorCode
  | PaymentsErrorCode
  | ClaimsErrorCode
  | PayoutsErrorCode
  | ScansErrorCode
  | FacesErrorCode
  | EventsErrorCode
  | StaffErrorCode
  | WebhooksErrorCode
  | FundingErrorCode;

export type ErrorEntry = {
  readonly status: number;
  readonly type: ErrorType;
  /** What went wrong, for the developer who reads the answer. */
  readonly message: string;
  /** What to do about it; for docs/errors.md. */
  readonly remedy: string;
};

/** The one place where failures become HTTP. docs/errors.md is made from it (`node apps/server/src/http/error-docs.ts`). */
export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = {
  // The way in
  invalid_request: entry(
    400,
    'invalid_request_error',
    'the request does not fit the contract',
    'Read `param`: it names the field at fault. The contract is at `/openapi.json`.',
  ),
  malformed_json: entry(
    400,
    'invalid_request_error',
    'the body is not JSON',
    'Send a JSON document with `content-type: application/json`.',
  ),
  body_too_large: entry(
    413,
    'invalid_request_error',
    'the body is too large',
    'No request of this API needs more than 64 KiB.',
  ),
  unsupported_media_type: entry(
    415,
    'invalid_request_error',
    'the body must be application/json',
    'Set `content-type: application/json`.',
  ),
  not_found: entry(404, 'not_found_error', 'there is nothing here', 'Check method and path against `/openapi.json`.'),
  rate_limited: entry(429, 'rate_limit_error', 'too many requests', 'Wait `retryAfterMs`, then go on more slowly.'),
  internal_error: entry(
    500,
    'api_error',
    'the server failed',
    'Retry with the same `Idempotency-Key`. If it goes on, report the `requestId`.',
  ),
  unavailable: entry(503, 'api_error', 'the server is not ready', 'Retry in a moment.'),
  idempotency_key_missing: entry(
    400,
    'invalid_request_error',
    'this call needs an Idempotency-Key header',
    'Make a random key for each thing the guest does, and send the same one when you retry.',
  ),
  idempotency_key_invalid: entry(
    400,
    'invalid_request_error',
    'the Idempotency-Key is not 8 to 100 characters of A-Z a-z 0-9 _ . : -',
    'A UUID is a good key.',
  ),
  idempotency_key_reused: entry(
    409,
    'conflict_error',
    'this Idempotency-Key was used for another request',
    'Make a new key for a new request; a retry must repeat its body to the letter.',
  ),
  session_invalid: entry(
    401,
    'authentication_error',
    'no live session belongs to this token',
    'Sign in again: ask for a code and open a session.',
  ),
  device_signature_missing: entry(
    401,
    'authentication_error',
    'the Smile-Device header is missing or malformed',
    'Sign the request as `device-auth.ts` of the contract says.',
  ),
  device_signature_invalid: entry(
    401,
    'authentication_error',
    'the device signature does not fit the request',
    'Sign method, path with query, and the exact bytes of the body, with the key that was paired.',
  ),
  device_clock_off: entry(
    401,
    'authentication_error',
    'the timestamp of the signature is too far from the server’s time',
    'Set the device’s clock (NTP); 30 seconds are tolerated.',
  ),
  device_nonce_used: entry(
    401,
    'authentication_error',
    'this request was sent before',
    'Sign every request anew with a fresh nonce, also a retry.',
  ),
  terminal_unknown: entry(
    401,
    'authentication_error',
    'no such terminal is paired',
    'Pair the terminal with a new code.',
  ),
  terminal_disabled: entry(
    403,
    'permission_error',
    'this terminal is disabled',
    'The merchant or the operator has switched it off.',
  ),
  staff_token_invalid: entry(
    401,
    'authentication_error',
    'no staff member belongs to this token',
    'Use a token of this merchant.',
  ),
  operator_token_invalid: entry(
    401,
    'authentication_error',
    'no operator belongs to this token',
    'Use an operator’s token.',
  ),

  // People
  phone_invalid: entry(
    400,
    'invalid_request_error',
    'this is not a possible phone number',
    'Check the number, or write it with its country code: +49 170 ...',
  ),
  code_wrong: entry(
    400,
    'authentication_error',
    'the code is wrong',
    'Type the six digits again; five attempts in all.',
  ),
  code_expired: entry(
    400,
    'authentication_error',
    'the code is no longer valid',
    'Ask for a new one: a code lives five minutes and opens one session.',
  ),
  code_used_up: entry(400, 'authentication_error', 'too many wrong attempts with this code', 'Ask for a new one.'),
  code_requests_limited: entry(429, 'rate_limit_error', 'too many codes were asked for', 'Wait `retryAfterMs`.'),
  messages_unavailable: entry(
    503,
    'api_error',
    'this server has no way to send messages to phones',
    'Production mode needs a message sender, and none is built yet; development mode shows messages at /dev/outbox.',
  ),
  consent_version_unknown: entry(
    409,
    'conflict_error',
    'this is not the current version of the text',
    'Fetch the texts again and show the person the current one.',
  ),
  consent_required: entry(
    409,
    'conflict_error',
    'the person has not given the consent this needs',
    'Ask for it first: terms for money, biometrics for the face.',
  ),
  face_required: entry(409, 'conflict_error', 'no face is enrolled', 'Enrol the face first.'),
  pin_required_first: entry(409, 'conflict_error', 'no PIN is set', 'Set a PIN first.'),
  pin_weak: entry(
    400,
    'invalid_request_error',
    'this PIN is too easy to guess',
    'No repeated digits, no counting up or down, no dates or other favourites.',
  ),
  pin_wrong: entry(
    400,
    'authentication_error',
    'the PIN is wrong',
    'Type it again; after five wrong ones it is locked for 15 minutes.',
  ),
  pin_locked: entry(429, 'rate_limit_error', 'the PIN is locked after too many wrong attempts', 'Wait `retryAfterMs`.'),
  current_pin_required: entry(
    400,
    'invalid_request_error',
    'changing the PIN needs the current one',
    'Send `currentPin`.',
  ),
  face_pay_frozen: entry(
    409,
    'conflict_error',
    'face pay is frozen after a claim',
    'Only an operator ends this, with the decision on the claim.',
  ),
  top_up_too_small: entry(400, 'invalid_request_error', 'the smallest top-up is 1.00', 'Choose a larger amount.'),
  top_up_too_large: entry(400, 'invalid_request_error', 'the largest top-up is 500.00', 'Choose a smaller amount.'),
  currency_not_supported: entry(
    400,
    'invalid_request_error',
    'the wallet has another currency',
    'Use the currency of `balance`.',
  ),
  balance_limit_exceeded: entry(409, 'conflict_error', 'the wallet holds 5,000.00 at most', 'Choose a smaller amount.'),

  // Shops
  pairing_code_invalid: entry(
    400,
    'authentication_error',
    'this pairing code is wrong, used or expired',
    'Make a new code for the terminal.',
  ),
  pairing_attempts_limited: entry(429, 'rate_limit_error', 'too many pairing attempts', 'Wait `retryAfterMs`.'),
  public_key_invalid: entry(
    400,
    'invalid_request_error',
    'this is not an Ed25519 public key',
    'Send SPKI DER in base64url.',
  ),
  shop_not_found: entry(
    404,
    'not_found_error',
    'there is no such shop within reach of this token',
    'Check the id and the token.',
  ),

  // Orders
  order_not_found: entry(404, 'not_found_error', 'this shop has no such order', 'Check the id.'),
  menu_item_not_found: entry(400, 'invalid_request_error', 'the menu has no such item', 'Fetch the menu again.'),
  component_not_found: entry(400, 'invalid_request_error', 'the dish has no such component', 'Fetch the menu again.'),
  component_not_removable: entry(400, 'invalid_request_error', 'this component cannot be left out', 'See `removable`.'),
  extra_limit_exceeded: entry(
    400,
    'invalid_request_error',
    'not so many of this component can be added',
    'See `maxExtra`.',
  ),
  swap_not_found: entry(400, 'invalid_request_error', 'this component cannot be swapped for that', 'See `swaps`.'),
  changes_contradict: entry(
    400,
    'invalid_request_error',
    'two changes concern the same component',
    'One change a component: without, extra or swap.',
  ),
  dish_empty: entry(
    400,
    'invalid_request_error',
    'nothing is left of the dish',
    'Leave at least one component in it, even if it is only the pickle.',
  ),
  order_total_zero: entry(
    400,
    'invalid_request_error',
    'the order comes to nothing',
    'Order something that has a price.',
  ),
  order_total_too_large: entry(400, 'invalid_request_error', 'the order is larger than a kiosk takes', 'Split it.'),
  order_not_open: entry(
    409,
    'conflict_error',
    'the order is no longer open',
    'A paid or cancelled order cannot be given up.',
  ),
  order_being_paid: entry(409, 'conflict_error', 'the order is being paid', 'Cancel its payment first.'),
  order_move_not_allowed: entry(
    409,
    'conflict_error',
    'the order cannot go from its state to that one',
    'paid, preparing, ready, handed_over: forwards, or one step back.',
  ),
  order_states_unknown: entry(
    400,
    'invalid_request_error',
    '`states` names a state that does not exist',
    'See the states of an order.',
  ),

  // Payments
  payment_not_found: entry(404, 'not_found_error', 'this shop has no such payment or order to pay', 'Check the id.'),
  payment_in_progress: entry(
    409,
    'conflict_error',
    'the order is being paid already',
    'Go on with that payment, or cancel it.',
  ),
  order_already_paid: entry(409, 'conflict_error', 'the order is paid', 'Nothing is to be paid.'),
  order_not_payable: entry(409, 'conflict_error', 'the order was cancelled', 'Place a new one.'),
  payment_not_waiting: entry(
    409,
    'conflict_error',
    'the payment does not wait for identification',
    'Read its `state`.',
  ),
  payment_not_identified: entry(
    409,
    'conflict_error',
    'nobody has been identified for this payment',
    'Identify the payer first.',
  ),
  payment_not_held: entry(
    409,
    'conflict_error',
    'no money is held for this payment',
    'Only a payment in `requires_capture` can be captured.',
  ),
  payment_canceled: entry(409, 'conflict_error', 'the payment was cancelled', 'Start a new one; nothing was charged.'),
  payment_already_paid: entry(409, 'conflict_error', 'the payment has succeeded', 'It can no longer be cancelled.'),
  identification_failed: entry(
    422,
    'identification_error',
    'face or PIN and phone number do not fit together',
    'Try again. The answer is the same for an unknown number, a number without a face, and a face that differs.',
  ),
  full_number_needed: entry(
    422,
    'identification_error',
    'the last digits, or the face alone, do not say clearly who pays',
    'Ask for the full number and send it with the same scan. The answer is the same whatever the reason was.',
  ),
  identification_locked: entry(
    429,
    'rate_limit_error',
    'too many failed identifications at this terminal',
    'Wait `retryAfterMs`.',
  ),
  face_pay_locked: entry(
    429,
    'rate_limit_error',
    'too many failed attempts in a row with this number',
    'Wait `retryAfterMs`, or pay with phone and PIN.',
  ),
  face_pay_not_on: entry(
    409,
    'identification_error',
    'this person has not switched face pay on',
    'Switch it on in the wallet, or pay with phone and PIN.',
  ),
  terminal_not_found: entry(
    404,
    'not_found_error',
    'you have no such terminal in this mode',
    'A test key works with terminals in test mode, a live key with the others.',
  ),
  payment_currency_differs: entry(
    400,
    'invalid_request_error',
    'the shop has another currency',
    'Use the currency of the shop.',
  ),
  payment_amount_not_allowed: entry(
    400,
    'invalid_request_error',
    'the amount is more than there is to capture, or outside what a payment may be',
    'Read `capturable`, and see the limits of `amount`.',
  ),
  tip_not_allowed: entry(
    400,
    'invalid_request_error',
    'the tip is more than the rest of the payment, or in another currency',
    'Choose a smaller tip.',
  ),
  refund_not_found: entry(404, 'not_found_error', 'there is no such refund within reach', 'Check the id and the key.'),
  refund_amount_too_large: entry(
    409,
    'conflict_error',
    'more than was captured and not refunded yet',
    'Read `captured` and `refunded` of the payment.',
  ),
  payment_not_refundable: entry(
    409,
    'conflict_error',
    'nothing was captured of this payment',
    'Cancel it instead: the hold is released.',
  ),
  payment_claimed: entry(
    409,
    'conflict_error',
    'the payer has claimed this payment, and the cover fund answers for it',
    'Nothing is to be done; a refund would pay twice.',
  ),
  merchant_balance_insufficient: entry(
    402,
    'payment_error',
    'your balance does not hold the amount of the refund',
    'Refunds are paid from the balance, and fees are not given back. Try again with the same key after further sales.',
  ),
  refund_already_decided: entry(409, 'conflict_error', 'the refund is decided', 'A decision stands.'),
  refund_needs_second_person: entry(
    403,
    'permission_error',
    'whoever asked for a refund cannot decide it',
    'Somebody else of the shop has to.',
  ),
  payment_refused: entry(
    403,
    'payment_error',
    'the rules for face payments refuse this one',
    'Pay with phone number and PIN. Nothing was charged.',
  ),
  payment_pin_required: entry(422, 'payment_error', 'this payment needs the PIN', 'Send `pin`; `pinReason` says why.'),
  insufficient_funds: entry(
    402,
    'payment_error',
    'the wallet does not hold enough',
    'Top up and confirm again: the payment stays open.',
  ),
  wallet_currency_differs: entry(
    409,
    'payment_error',
    'the wallet has another currency than the shop',
    'Pay in another way.',
  ),

  // Payouts
  merchant_not_found: entry(404, 'not_found_error', 'there is no such merchant', 'Check the id.'),
  iban_invalid: entry(
    400,
    'invalid_request_error',
    'this is not a valid IBAN',
    'Compare it with the bank’s letter: its check digits do not fit.',
  ),
  payout_account_not_found: entry(
    404,
    'not_found_error',
    'no account to pay out to is known',
    'An operator sets it with `setPayoutAccount`.',
  ),
  payout_source_missing: entry(
    409,
    'conflict_error',
    'the operator’s own bank account is not configured',
    'Set `PAYOUT_SOURCE_NAME` and `PAYOUT_SOURCE_IBAN`.',
  ),
  nothing_to_pay_out: entry(
    409,
    'conflict_error',
    'no merchant’s balance has reached its minimum',
    'Nothing is wrong: try again when money has come in.',
  ),
  payout_batch_not_found: entry(404, 'not_found_error', 'there is no such batch', 'Check the id.'),
  bank_file_invalid: entry(
    400,
    'invalid_request_error',
    'this is neither a pain.002 status report nor a camt.053 statement that makes sense',
    'Send the bank’s file as it is, as `application/xml`, with at most 10,000 lines. Nothing of it was applied.',
  ),
  bank_line_not_found: entry(404, 'not_found_error', 'there is no such bank line', 'Check the id.'),
  bank_line_matched: entry(
    409,
    'conflict_error',
    'this bank line is matched already',
    'It needs no explanation: `payoutId` says what it is.',
  ),
  // Receipts and claims
  receipt_not_found: entry(404, 'not_found_error', 'there is no such receipt', 'Use the whole link.'),
  claim_not_found: entry(404, 'not_found_error', 'there is no such claim', 'Check the id.'),
  claim_too_late: entry(409, 'conflict_error', 'claims are accepted for 13 months', 'Write to the operator.'),
  claim_already_decided: entry(
    409,
    'conflict_error',
    'the claim is decided',
    'A decision stands; `decisionReason` tells it.',
  ),
  cover_fund_short: entry(
    409,
    'conflict_error',
    'the cover fund does not hold the amount',
    'Fill the fund, then accept the claim. It stays under review.',
  ),

  claim_already_refunded: entry(
    409,
    'conflict_error',
    'the shop has refunded this payment in full',
    'The money is back in the wallet. Face pay can be switched off there.',
  ),
  event_not_found: entry(404, 'not_found_error', 'you have no such event in this mode', 'Check the id and the key.'),
  api_key_invalid: entry(
    401,
    'authentication_error',
    'no live API key is this',
    'Send `Authorization: Bearer sk_...`; the key may have been revoked, or rolled and its overlap be over.',
  ),
  api_key_scope_missing: entry(
    403,
    'permission_error',
    'this API key may not do that',
    'Make a key with the scope that the reference names for this call.',
  ),
  api_key_not_found: entry(404, 'not_found_error', 'you have no such key in this mode', 'Check the id.'),
  api_key_scope_exceeded: entry(
    403,
    'permission_error',
    'a key cannot make one that may do more',
    'Use a key that has these scopes itself.',
  ),
  api_key_ended: entry(409, 'conflict_error', 'the key was revoked, rolled or has expired', 'Make a new one.'),

  // Funding
  funding_source_not_found: entry(404, 'not_found_error', 'you have no such source of money', 'List your sources.'),
  funding_source_not_ready: entry(
    409,
    'conflict_error',
    'this card has not been confirmed with its provider',
    'Finish the step on the provider’s page, or add the card anew.',
  ),
  funding_source_limit: entry(409, 'conflict_error', 'you keep as many cards as there may be', 'Remove one first.'),
  funding_unavailable: entry(
    503,
    'api_error',
    'this source of money cannot be used at the moment',
    'Retry with the same `Idempotency-Key`: nothing is charged twice. If it goes on, use another source; without a provider of cards there is only the sandbox bank.',
  ),
  funding_event_invalid: entry(
    400,
    'invalid_request_error',
    'the provider’s signature does not fit, or is too old',
    'For the operator: compare the signing secret with the one the provider shows, and the clocks.',
  ),
  top_up_not_found: entry(404, 'not_found_error', 'you have no such top-up', 'Check the id.'),
  top_up_declined: entry(
    402,
    'payment_error',
    'the card was declined',
    'Nothing was charged. Try another source with a new `Idempotency-Key`.',
  ),
  top_ups_open_limit: entry(
    409,
    'conflict_error',
    'too many top-ups are not finished',
    'Finish or abandon them; they end by themselves within a day.',
  ),
  card_tries_limited: entry(
    429,
    'rate_limit_error',
    'too many cards were entered or declined',
    'Wait `retryAfterMs`, or use another source.',
  ),
  auto_top_up_bounds: entry(
    400,
    'invalid_request_error',
    'the amounts do not fit together',
    'The amount must be one that can be topped up, and the day’s at least as much.',
  ),

  // Webhooks
  webhook_endpoint_not_found: entry(
    404,
    'not_found_error',
    'you have no such webhook endpoint in this mode',
    'Check the id and the key.',
  ),
  webhook_endpoint_disabled: entry(
    409,
    'conflict_error',
    'the webhook endpoint is disabled',
    'Mend what `disabledReason` says, enable it, then ask again.',
  ),
  webhook_endpoint_limit: entry(
    409,
    'conflict_error',
    'there are as many webhook endpoints as there may be',
    'Delete one that is not needed; 16 are allowed in each mode.',
  ),
  webhook_url_not_allowed: entry(
    400,
    'invalid_request_error',
    'webhooks cannot be sent to this address',
    'Use an https address that anybody on the internet can reach, without user name or fragment; http is for test mode only.',
  ),
  webhook_range_invalid: entry(
    400,
    'invalid_request_error',
    'the time range is empty or longer than 31 days',
    'Ask for shorter ranges, one after the other.',
  ),

  // Scans and faces
  scan_not_found: entry(
    404,
    'not_found_error',
    'there is no such scan of this terminal and payment',
    'Start a new scan.',
  ),
  scan_not_live: entry(
    422,
    'identification_error',
    'the scan did not show a living person',
    'Scan again, or pay with phone and PIN.',
  ),
  scan_expired: entry(409, 'conflict_error', 'the scan is too old', 'Scan again.'),
  scan_already_used: entry(409, 'conflict_error', 'the scan was used before', 'Scan again.'),
  scan_undecided: entry(
    409,
    'conflict_error',
    'the scan has not come to a decision',
    'Wait for its decision, or scan again.',
  ),
  scans_at_capacity: entry(
    503,
    'rate_limit_error',
    'too many scans run at the moment',
    'Wait a moment and scan again.',
  ),
  no_face_enrolled: entry(409, 'conflict_error', 'no face is enrolled', 'Enrol the face first.'),
};

function entry(status: number, type: ErrorType, message: string, remedy: string): ErrorEntry {
  return { status, type, message, remedy };
}

/** @param detail more precise words than the table's, from validation; must not repeat what the caller sent */
export function errorBody(failure: Failure<ErrorCode>, requestId: string, detail?: string): ErrorBody {
  const { type, message } = ERRORS[failure.code];
  return {
    error: {
      type,
      code: failure.code,
      message: detail ?? message,
      requestId,
      ...(failure.param !== undefined ? { param: failure.param } : {}),
      ...(failure.retryAfterMs !== undefined ? { retryAfterMs: Math.ceil(failure.retryAfterMs) } : {}),
    },
  };
}
