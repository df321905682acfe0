export type FundingErrorCode =
  | 'funding_source_not_found'
  | 'funding_source_not_ready'
  | 'funding_source_limit'
  | 'funding_unavailable'
  | 'funding_event_invalid'
  | 'top_up_not_found'
  | 'top_up_declined'
  | 'top_ups_open_limit'
  | 'auto_top_up_bounds'
  | 'card_tries_limited';
