-- Plans, and every attempt to carry one out.

-- A plan names its result before it exists: key is the digest of the plan's canonical JSON.
create table plan (
  key text primary key,
  recipe text not null,
  version text not null,
  arch text not null,
  plan_digest text not null,
  planned_at timestamptz not null
);
create index plan_recipe on plan (recipe, planned_at);

create table attempt (
  id bigint generated always as identity primary key,
  plan_key text not null references plan (key),
  purpose text not null check (purpose in ('build', 'test', 'reproduce')),
  outcome text not null check (outcome in ('passed', 'failed')),
  started_at timestamptz not null,
  duration_ms integer not null,
  log_digest text not null,
  -- build: the packages made; test: the cases; reproduce: the differences; failed: step, reason and first error line.
  report jsonb not null
);
-- A proof is found once: a second success of the same plan and purpose would say nothing new.
create unique index attempt_passed on attempt (plan_key, purpose) where outcome = 'passed';
create index attempt_plan on attempt (plan_key, purpose, id);

-- The distro as it was last read: each recipe's current plan, when its inputs are there to plan it.
create table recipe (
  name text not null,
  arch text not null,
  version text not null,
  file text not null,
  plan_key text references plan (key),
  read_at timestamptz not null,
  primary key (name, arch)
);
