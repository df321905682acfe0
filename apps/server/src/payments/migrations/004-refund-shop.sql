-- A refund says in which shop its payment was made, as the payment does: for those who listen to one shop only.
ALTER TABLE payments_refunds ADD COLUMN shop_id text;
UPDATE payments_refunds r SET shop_id = p.shop_id FROM payments p WHERE p.id = r.payment_id;
ALTER TABLE payments_refunds ALTER COLUMN shop_id SET NOT NULL;
-- What has been told of refunds gets it too: an event is shown as it is kept.
UPDATE events e SET payload = e.payload || jsonb_build_object('shopId', r.shop_id)
  FROM payments_refunds r WHERE e.type LIKE 'refund.%' AND e.object_id = r.id;
