-- Runs that an error of the service or the database ended; the others that `runs` counts were interrupted.
alter table evaluations add column failed_runs integer not null default 0;

-- Of a retry: the evaluation before it with the same labels and SLO over an overlapping window, and the retry's number, from 1.
alter table evaluations add column retry_of uuid;
alter table evaluations add column retry integer;
alter table evaluations add constraint evaluations_retry check ((retry_of is null) = (retry is null) and retry >= 1);

-- Without an SLO there is no score, also where the project's policy lets such a service pass.
alter table evaluations drop constraint evaluations_ended;
alter table evaluations add constraint evaluations_ended check (
  (state in ('succeeded', 'errored', 'aborted')) = (finished_at is not null)
  and (finished_at is null) = (result is null)
  and (finished_at is null) = (baseline_result is null)
  and (score is null or state = 'succeeded')
  and (score is not null or state <> 'succeeded' or slo_text is null)
  and (state not in ('errored', 'aborted') or result = 'fail')
);

-- A window that was assumed belongs to values that came without one.
alter table evaluations drop constraint evaluations_window_source;
alter table evaluations add constraint evaluations_window_source
  check (window_source in ('request', 'timeframe', 'default', 'test', 'assumed'));
