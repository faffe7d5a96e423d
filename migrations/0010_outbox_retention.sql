-- Up to which position events were removed. Above it every event is there; up to it only those that somebody still waits for.
create table outbox_horizon (
  is_only boolean primary key default true,
  position bigint not null,
  constraint outbox_horizon_only check (is_only)
);
insert into outbox_horizon (position) values (0);

-- What is old enough is found here, and then the deliveries of it.
create index outbox_written on outbox (written_at);
create index deliveries_event on deliveries (position);
