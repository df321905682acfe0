-- The least of the number a person wants to be asked for where they are known.
ALTER TABLE people ADD COLUMN phone_step text NOT NULL DEFAULT 'last_four'
  CHECK (phone_step IN ('always_full', 'last_four', 'none'));
-- The few people a shop's guest with these last digits might be.
CREATE INDEX people_last_four ON people (right(phone, 4));
