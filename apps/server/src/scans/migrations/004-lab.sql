-- Scans of the attack lab belong to no payment and to nobody: an operator tries what the judge says to prints and masks.
ALTER TABLE scans DROP CONSTRAINT scans_purpose;
ALTER TABLE scans ADD CONSTRAINT scans_purpose CHECK (
  (purpose = 'payment' AND payment_id IS NOT NULL AND person_id IS NULL)
  OR (purpose = 'enrolment' AND person_id IS NOT NULL AND payment_id IS NULL)
  OR (purpose = 'lab' AND person_id IS NULL AND payment_id IS NULL AND sealed_probe IS NULL));
