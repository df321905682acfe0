-- Templates of enrolled faces. What a template says of a person is sealed (AES-256-GCM) before it comes here; the
-- columns beside it say nothing of the face. One row a person: enrolling again replaces it, deleting removes it.
CREATE TABLE faces (
  id             text PRIMARY KEY,
  person_id      text NOT NULL,
  scan_id        text NOT NULL,
  model_version  text NOT NULL,
  key_id         text NOT NULL,
  sealed_template bytea NOT NULL,
  pose_count     integer NOT NULL,
  frame_count    integer NOT NULL,
  simulated      boolean NOT NULL,
  enrolled_at    timestamptz NOT NULL,
  CONSTRAINT faces_one_per_person UNIQUE (person_id),
  CONSTRAINT faces_pose_count CHECK (pose_count BETWEEN 1 AND 3),
  CONSTRAINT faces_template_size CHECK (octet_length(sealed_template) BETWEEN 64 AND 131072)
);
