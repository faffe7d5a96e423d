-- An event is written in the transaction of the fact it announces; `body` is what every delivery sends, byte for byte.
create table outbox (
  position bigint generated always as identity primary key,
  event_id uuid not null unique,
  event_type text not null,
  evaluation_id uuid not null references evaluations (id),
  body text not null,
  written_at timestamptz not null default now()
);

create index outbox_evaluation on outbox (evaluation_id);

-- One row for each sink that an event is for. `queue` names what must stay in order: project, stage and service.
create table deliveries (
  sink text not null,
  position bigint not null references outbox (position),
  queue text not null,
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  lease_until timestamptz,
  delivered_at timestamptz,
  last_error text,
  primary key (sink, position),
  constraint deliveries_attempts check (attempts >= 0),
  constraint deliveries_lease check (lease_until is null or delivered_at is null)
);

create index deliveries_due on deliveries (due_at) where delivered_at is null;
create index deliveries_order on deliveries (sink, queue, position) where delivered_at is null;
