-- The vault: a template is turned and sealed with a data key of its own, which is kept here wrapped by the
-- key-encryption key. One row beside each template; deleting it makes every copy of that template unreadable, as far
-- as no copy of this row is left (docs/vault.md). A backup may leave this table out and keep it elsewhere.
CREATE TABLE face_keys (
  person_id      text NOT NULL,
  model_version  text NOT NULL,
  kek_id         text NOT NULL,
  kek_version    integer NOT NULL,
  wrapped_key    bytea NOT NULL,
  created_at     timestamptz NOT NULL,
  CONSTRAINT face_keys_one_per_template PRIMARY KEY (person_id, model_version),
  CONSTRAINT face_keys_size CHECK (octet_length(wrapped_key) BETWEEN 32 AND 4096)
);
CREATE INDEX face_keys_kek ON face_keys (kek_version);

-- A person has one template for each model version.
ALTER TABLE faces DROP CONSTRAINT faces_one_per_person;
ALTER TABLE faces ADD CONSTRAINT faces_one_per_model UNIQUE (person_id, model_version);
-- Names the key of templates from before the vault, which were sealed with it directly; null since.
ALTER TABLE faces ALTER COLUMN key_id DROP NOT NULL;
ALTER TABLE faces ADD COLUMN template_version integer NOT NULL DEFAULT 1;
ALTER TABLE faces ADD COLUMN sealed_at timestamptz;
UPDATE faces SET sealed_at = enrolled_at;
ALTER TABLE faces ALTER COLUMN sealed_at SET NOT NULL;

-- Renewals under way: what was sealed before the cutoff is still to be done, also by a later run.
CREATE TABLE face_vault_runs (
  kind    text PRIMARY KEY CHECK (kind IN ('renew')),
  cutoff  timestamptz NOT NULL
);

-- The look-alike guard: pairs of people whose templates are so near that one might be taken for the other, each pair
-- in both directions. Both are asked for the PIN. No foreign key to people: rooms migrate on their own.
CREATE TABLE face_look_alikes (
  person_id      text NOT NULL,
  other_id       text NOT NULL,
  model_version  text NOT NULL,
  found_at       timestamptz NOT NULL,
  PRIMARY KEY (person_id, other_id, model_version)
);
CREATE INDEX face_look_alikes_other ON face_look_alikes (other_id);
-- Null until the search over everybody has been done for this template; until then the PIN is asked for, too.
ALTER TABLE faces ADD COLUMN compared_at timestamptz;
CREATE INDEX faces_to_compare ON faces (sealed_at) WHERE compared_at IS NULL;
CREATE INDEX faces_changed ON faces (sealed_at);
