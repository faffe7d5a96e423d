-- The bytes of an evaluation's SLO text and plan; 0 where a program before this wrote it.
alter table evaluations add column queued_bytes integer not null default 0;

-- What is queued is counted for its project and, where there are several tokens, for the one that asked for it.
create index evaluations_queued_by on evaluations ((trigger ->> 'by'), due_at, id)
  where state = 'queued' and trigger ->> 'by' is not null;
