CREATE INDEX funding_sources_pending ON funding_sources (created_at) WHERE state = 'pending';
