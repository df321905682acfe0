-- Another camera is another latency: what was learned holds for the one it was learned with.
ALTER TABLE scans_light_calibration ADD COLUMN camera text NOT NULL DEFAULT '';
