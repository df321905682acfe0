export type ClaimsErrorCode =
  | 'receipt_not_found'
  | 'claim_not_found'
  | 'claim_too_late'
  | 'claim_already_refunded'
  | 'claim_already_decided'
  | 'cover_fund_short';
