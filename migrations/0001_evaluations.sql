-- An evaluation holds every input of `judge`, so that it can be judged again from its row alone.
-- The table is also the queue: a row that has not ended, is due, and has no lease in force may be taken.
create table evaluations (
  id uuid primary key,
  project text not null,
  stage text not null,
  service text not null,
  context uuid not null,
  trigger jsonb not null,
  labels jsonb not null,
  git_commit_id text,

  window_start timestamptz not null,
  window_end timestamptz not null,
  window_source text not null,
  attempt integer not null,

  slo_text text,
  slo_digest text,
  slo_source text,
  slo_inline boolean not null,
  total_score jsonb,
  policies jsonb not null,
  plan jsonb not null,
  engine_version text not null,

  state text not null,
  accepted_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null,
  runs integer not null default 0,
  lease_token uuid,
  lease_until timestamptz,

  started_at timestamptz,
  finished_at timestamptz,
  measurements jsonb not null default '[]',
  candidates jsonb not null default '[]',
  result text,
  baseline_result text,
  score double precision,
  reasons jsonb not null default '[]',
  warnings jsonb not null default '[]',
  objectives jsonb not null default '[]',
  compared_evaluations jsonb not null default '[]',
  invalidation jsonb,

  constraint evaluations_names check (
    project ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'
    and stage ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'
    and service ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'
  ),
  constraint evaluations_window check (window_start < window_end),
  constraint evaluations_window_source check (window_source in ('request', 'timeframe', 'default', 'test')),
  constraint evaluations_attempt check (attempt >= 1),
  constraint evaluations_slo check (
    (slo_text is null) = (slo_digest is null)
    and (slo_text is null) = (slo_source is null)
    and (slo_text is null) = (total_score is null)
    and (slo_text is not null or not slo_inline)
  ),
  constraint evaluations_state check (state in ('queued', 'running', 'succeeded', 'errored', 'aborted')),
  constraint evaluations_result check (result in ('pass', 'warning', 'fail') and baseline_result in ('pass', 'warning', 'fail')),
  constraint evaluations_score check (score between 0 and 100),
  constraint evaluations_runs check (runs >= 0),
  constraint evaluations_lease check (
    (lease_token is null) = (lease_until is null)
    and (lease_token is null or state = 'running')
  ),
  constraint evaluations_started check (started_at is not null or state not in ('running', 'succeeded')),
  constraint evaluations_ended check (
    (state in ('succeeded', 'errored', 'aborted')) = (finished_at is not null)
    and (finished_at is null) = (result is null)
    and (finished_at is null) = (baseline_result is null)
    and (state = 'succeeded') = (score is not null)
    and (state not in ('errored', 'aborted') or result = 'fail')
  ),
  constraint evaluations_invalidation check (invalidation is null or finished_at is not null),
  constraint evaluations_attempt_key unique (project, stage, service, slo_inline, window_start, window_end, attempt)
);

create index evaluations_due on evaluations (due_at) where state in ('queued', 'running');
create index evaluations_history on evaluations (project, stage, service, finished_at desc, id desc)
  where finished_at is not null;

create table idempotency_keys (
  project text not null,
  stage text not null,
  service text not null,
  key text not null,
  body_digest text not null,
  evaluation_id uuid not null references evaluations (id) deferrable initially deferred,
  created_at timestamptz not null default now(),
  primary key (project, stage, service, key),
  constraint idempotency_keys_key check (char_length(key) between 1 and 255)
);
