export type ScansErrorCode =
  | 'scan_not_found'
  | 'scan_not_live'
  | 'scan_expired'
  | 'scan_already_used'
  | 'scan_undecided'
  | 'scans_at_capacity';
