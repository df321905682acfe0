export type ShopsErrorCode =
  | 'pairing_code_invalid'
  | 'pairing_attempts_limited'
  | 'public_key_invalid'
  | 'shop_not_found';
