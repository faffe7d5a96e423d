-- Messages of a NATS stream that Pharos will never understand, written before the stream is told not to bring them again.
-- A stream that is made anew counts from one again, so a sequence alone names no message.
create table terminated_messages (
  stream text not null,
  sequence bigint not null,
  published_at timestamptz not null,
  subject text not null,
  code text not null,
  reason text not null,
  body bytea not null,
  terminated_at timestamptz not null default now(),
  primary key (stream, sequence, published_at)
);
