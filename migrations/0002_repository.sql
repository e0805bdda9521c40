-- Packages, and which of them each channel of the repository offers. Nothing here is ever deleted.

-- file is the digest of the .apk; datahash that of its data member: the tree it unpacks to, whoever signed it.
create table apk (
  file text primary key,
  name text not null,
  version text not null,
  arch text not null,
  origin text not null,
  datahash text not null,
  size_bytes bigint not null,
  -- The index entry, field by field.
  record jsonb not null,
  -- Where in the data member the parts are that an image layer takes over; null for packages that others wrote.
  layout jsonb,
  -- The plan it was built from; null for what was not built here.
  build_key text,
  stored_at timestamptz not null
);
create index apk_name on apk (name, version);
create index apk_build_key on apk (build_key) where build_key is not null;

-- Every index a channel ever had. The newest generation is what readers see.
create table channel_index (
  channel text not null,
  arch text not null,
  generation integer not null check (generation > 0),
  index_digest text not null,
  packages integer not null,
  signed_by text not null,
  published_at timestamptz not null,
  primary key (channel, arch, generation)
);
create index channel_index_time on channel_index (channel, arch, published_at);

-- A package is in the generations from admitted_in up to, and without, withdrawn_in.
create table channel_apk (
  channel text not null,
  arch text not null,
  name text not null,
  version text not null,
  file text not null references apk (file),
  admitted_in integer not null,
  withdrawn_in integer check (withdrawn_in > admitted_in),
  withdrawn_why text,
  primary key (channel, arch, file, admitted_in),
  foreign key (channel, arch, admitted_in) references channel_index (channel, arch, generation),
  foreign key (channel, arch, withdrawn_in) references channel_index (channel, arch, generation)
);
create unique index channel_apk_now on channel_apk (channel, arch, name, version) where withdrawn_in is null;
create index channel_apk_name on channel_apk (channel, arch, name, version, admitted_in);
create index channel_apk_admitted on channel_apk (channel, arch, admitted_in);
create index channel_apk_withdrawn on channel_apk (channel, arch, withdrawn_in) where withdrawn_in is not null;
create index channel_apk_file on channel_apk (file);
