-- Payments know since their migration 2 that they were claimed.
UPDATE payments AS p SET claimed_at = c.created_at FROM claims AS c WHERE c.payment_id = p.id AND p.claimed_at IS NULL;
