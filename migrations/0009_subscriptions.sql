-- Who is told of events without being a sink of pharos.yaml; its deliveries have its id as their sink. A list that is null holds all.
create table subscriptions (
  id uuid primary key,
  url text not null,
  types text[],
  projects text[],
  stages text[],
  services text[],
  results text[],
  -- Nothing is for it while it is not; what was for it before waits.
  enabled boolean not null,
  -- Everything for it waits.
  paused boolean not null,
  -- What it answered, when it was that which disabled it.
  disabled_because text,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  constraint subscriptions_disabled check (disabled_because is null or not enabled)
);

-- Which keys deliveries to a sink or a subscription are signed with, never a key: they are derived from the service's secret.
-- `secret_check` tells whether that is still the same one.
create table signing_keys (
  sink text primary key,
  generation integer not null,
  secret_check text not null,
  -- Until when each generation before signs too, the newest of them first; none ends after one that is newer.
  earlier_until timestamptz[] not null default '{}',
  constraint signing_keys_generation check (generation >= 1)
);

-- What was given up, by sink.
create index deliveries_dead on deliveries (sink) where dead_at is not null and delivered_at is null;

-- An address may hold a token: `url` is from now on the SHA-256 of it, hexadecimal, which is enough to know it again.
update gone_sinks set url = encode(sha256(convert_to(url, 'UTF8')), 'hex');
