-- Values that were measured elsewhere may come without a window: then when they were measured is assumed.
alter table evaluations drop constraint evaluations_window_source;
alter table evaluations add constraint evaluations_window_source
  check (window_source in ('request', 'timeframe', 'default', 'test', 'assumed'));
