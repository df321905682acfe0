export type StaffErrorCode = 'api_key_not_found' | 'api_key_scope_exceeded' | 'api_key_ended';
