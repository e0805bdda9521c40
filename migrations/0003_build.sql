-- Plans, every attempt to carry one out, and the documents that say what came of it.

-- A plan names its result before it exists: key is the digest of the plan's canonical JSON, which is the blob plan_digest.
create table plan (
  key text primary key,
  recipe text not null,
  version text not null,
  arch text not null,
  plan_digest text not null,
  -- Packages of the environment that come from the seed.
  seed_packages integer not null,
  planned_at timestamptz not null
);
create index plan_recipe on plan (recipe, planned_at);

-- work_key names what was tried: the build key for builds and reproductions, the test plan's key for tests.
create table attempt (
  id bigint generated always as identity primary key,
  plan_key text not null references plan (key),
  purpose text not null check (purpose in ('build', 'test', 'reproduce')),
  work_key text not null,
  outcome text not null check (outcome in ('passed', 'failed')),
  started_at timestamptz not null,
  duration_ms integer not null,
  log_digest text not null,
  -- build: the packages made; test: the cases; reproduce: the differences; failed: step, reason and first error line.
  report jsonb not null
);
-- A proof is found once: a second success of the same work would say nothing new.
create unique index attempt_passed on attempt (work_key, purpose) where outcome = 'passed';
create index attempt_plan on attempt (plan_key, purpose, id);
create index attempt_work on attempt (work_key, purpose, id);

-- The distro as it was last read: each recipe's current plan, when its inputs are there to plan it.
create table recipe (
  name text not null,
  arch text not null,
  version text not null,
  file text not null,
  plan_key text references plan (key),
  -- Why it has no plan, or why its newest work failed before there was one.
  trouble text,
  read_at timestamptz not null,
  primary key (name, arch)
);

-- What is said of a package's file: its SBOM, its provenance.
create table document (
  subject text not null,
  kind text not null check (kind in ('sbom', 'provenance')),
  digest text not null,
  media_type text not null,
  size_bytes bigint not null,
  primary key (subject, kind)
);
create index document_digest on document (digest);
