export type EventsErrorCode = 'event_not_found';
