-- What asks no provider waits for nobody. Rows of the program before count as if they did.
alter table evaluations add column asks_providers boolean not null default true;

-- Whoever takes evaluations does so by projects in turn, and finds what a process left in its midst among those that run.
create index evaluations_queued on evaluations (project, due_at, id) where state = 'queued';
create index evaluations_queued_alone on evaluations (project, due_at, id) where state = 'queued' and not asks_providers;
create index evaluations_running on evaluations (due_at) where state = 'running';
