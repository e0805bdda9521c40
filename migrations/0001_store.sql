-- Runs of the factory, what happened in them, and the sources it has.

create table run (
  id text primary key,
  pid integer not null,
  version text not null,
  started_at timestamptz not null,
  ended_at timestamptz
);

-- seq is given by the one process that holds the data lock; it orders all events of a data directory; readers resume behind the last seq they saw.
create table event (
  seq bigint primary key,
  run text not null references run (id),
  at timestamptz not null,
  type text not null,
  task text,
  body jsonb not null
);
create index event_task on event (task, seq) where task is not null;

create table source (
  digest text primary key,
  sha512 text,
  uri text not null,
  size_bytes bigint not null,
  fetched_from text not null,
  fetched_at timestamptz not null
);
create unique index source_sha512 on source (sha512) where sha512 is not null;
