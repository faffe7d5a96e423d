-- A second trigger looks for the open evaluation of its context.
create index evaluations_open_context on evaluations (context) where state in ('queued', 'running');
