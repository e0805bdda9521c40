-- Images: what packages' trees hold, layers as ranges of bytes that are there already, images that were built, and what the registry serves of them. Nothing here is
-- ever deleted: an image that lost its tag can still be pulled by its digest.

-- What a data member holds, read once.
create table image_tree (
  datahash text primary key,
  -- Where the member is in its file: its size counts from the end.
  size_bytes bigint not null,
  diff_id text not null,
  tree json not null
);

-- key names the layer before it is made: the digest of what goes in, in its order.
create table image_layer (
  key text primary key,
  digest text not null,
  diff_id text not null,
  size_bytes bigint not null,
  -- Byte ranges of blobs, and the few bytes between them.
  parts jsonb not null
);
create index image_layer_digest on image_layer (digest);

-- key is the digest of the plan: the definition, and every package by name, version and digests.
create table image (
  key text primary key,
  name text not null,
  arch text not null,
  -- The manifest; the image's identity.
  digest text not null,
  size_bytes bigint not null,
  config_digest text not null,
  -- Of the configuration, what decides how the image runs; its layers and what fills them; its packages.
  facts jsonb not null,
  built_at timestamptz not null
);
create index image_name on image (name, arch, built_at);

-- Manifests and indexes that the registry serves under a name, and the blobs it serves with them.
create table image_manifest (
  name text not null,
  digest text not null,
  media_type text not null,
  size_bytes bigint not null,
  -- What this manifest says something about; null for images and indexes.
  subject text,
  artifact_type text,
  annotations jsonb not null,
  served_at timestamptz not null,
  primary key (name, digest)
);
create index image_manifest_subject on image_manifest (name, subject) where subject is not null;

create table image_blob (
  name text not null,
  digest text not null,
  media_type text not null,
  size_bytes bigint not null,
  primary key (name, digest)
);

-- A release: an index over one image for each architecture. The newest row of a tag says what it names.
create table image_release (
  id bigint generated always as identity primary key,
  name text not null,
  digest text not null,
  image_keys jsonb not null,
  released_at timestamptz not null
);
create index image_release_name on image_release (name, id);

create table image_tag (
  id bigint generated always as identity primary key,
  name text not null,
  tag text not null,
  release bigint not null references image_release (id),
  tagged_at timestamptz not null
);
create index image_tag_name on image_tag (name, tag, id);

-- What is said of an image in a release: its SBOM, its provenance.
create table image_document (
  release bigint not null references image_release (id),
  key text not null references image (key),
  kind text not null check (kind in ('sbom', 'sbom-attestation', 'provenance')),
  digest text not null,
  media_type text not null,
  size_bytes bigint not null,
  primary key (release, key, kind)
);

create table image_attempt (
  id bigint generated always as identity primary key,
  name text not null,
  arch text not null,
  -- Of the package that names the image's version; '' where none does, or none was chosen yet.
  version text not null,
  -- Null for what failed before there was a plan.
  key text,
  purpose text not null check (purpose in ('image', 'test')),
  outcome text not null check (outcome in ('passed', 'failed')),
  started_at timestamptz not null,
  duration_ms integer not null,
  log_digest text,
  -- image: the error, when it failed; test: the runtime and the cases.
  report jsonb not null
);
create index image_attempt_name on image_attempt (name, id);
create index image_attempt_key on image_attempt (key, purpose, id);
