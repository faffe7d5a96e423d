-- Which transaction wrote an event: whoever follows the outbox stops before the oldest one that is still open, since that may yet
-- write a smaller position. What was there before counts as written now.
alter table outbox
  add column written_by xid8 not null default pg_current_xact_id();
