-- Null: all of the merchant's shops.
ALTER TABLE webhook_endpoints ADD COLUMN shop_id text;
-- What has been told of endpoints says so, too: an event is shown as it is kept.
UPDATE events SET payload = payload || '{"shopId": null}' WHERE type LIKE 'webhook_endpoint.%';
