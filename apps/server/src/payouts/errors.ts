export type PayoutsErrorCode =
  | 'merchant_not_found'
  | 'iban_invalid'
  | 'payout_account_not_found'
  | 'payout_source_missing'
  | 'nothing_to_pay_out'
  | 'payout_batch_not_found'
  | 'bank_file_invalid'
  | 'bank_line_not_found'
  | 'bank_line_matched';
