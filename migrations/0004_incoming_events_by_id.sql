-- An invalidation names the trigger by its id alone, as Keptn's events do.
create index incoming_events_event_id on incoming_events (event_id);
