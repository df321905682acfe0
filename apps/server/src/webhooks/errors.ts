export type WebhooksErrorCode =
  | 'webhook_endpoint_not_found'
  | 'webhook_endpoint_disabled'
  | 'webhook_endpoint_limit'
  | 'webhook_url_not_allowed'
  | 'webhook_range_invalid'
  | 'event_not_found'
  | 'shop_not_found';
