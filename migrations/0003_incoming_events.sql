-- Which evaluation an event set off: the same event again, by source and id, finds it. Written in the transaction of its row.
create table incoming_events (
  source text not null,
  event_id text not null,
  evaluation_id uuid not null references evaluations (id) deferrable initially deferred,
  received_at timestamptz not null default now(),
  primary key (source, event_id),
  constraint incoming_events_source check (char_length(source) between 1 and 256),
  constraint incoming_events_event_id check (char_length(event_id) between 1 and 256)
);

create index incoming_events_evaluation on incoming_events (evaluation_id);
