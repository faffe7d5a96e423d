-- `dead_at`: the sink refused it for good, and what stands behind it goes on; the program before tries it all the same, so no
-- constraint says that nobody does. `not_before`: the sink asked for so much time.
alter table deliveries
  add column dead_at timestamptz,
  add column not_before timestamptz;

-- The heads of the queues are found here; deliveries_order is that of the program before.
create index deliveries_heads on deliveries (sink, queue, position) where delivered_at is null and dead_at is null;

-- Addresses that said they are gone for good (410). Another address of the same sink is not meant.
create table gone_sinks (
  sink text not null,
  url text not null,
  reason text not null,
  gone_at timestamptz not null default now(),
  primary key (sink, url)
);
