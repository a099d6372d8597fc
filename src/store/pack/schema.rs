//! The tables of a pack, made to be read with any SQLite.

/// The version of the form; raised when a column comes, goes or changes its meaning.
pub(super) const VERSION: &str = "1";

/// What lies beside a member's row: the CAs above it stand once in `chains`, what rows share of the lock's line once in
/// `shapes`, artifacts beyond key and certificate in `files`; certificates that others took the place of in `issued`,
/// keys likewise in `archive`; the archives beside it in `volumes`, by their numbers. `bundles` is for people and programs that take a member out.
pub(super) const TABLES: &str = "
CREATE TABLE pack (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE shapes (shape INTEGER PRIMARY KEY, line TEXT NOT NULL UNIQUE);
CREATE TABLE chains (issuer TEXT PRIMARY KEY NOT NULL, chain TEXT NOT NULL, root TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE members (
  id TEXT PRIMARY KEY NOT NULL,
  issuer TEXT NOT NULL,
  key TEXT,
  certificate TEXT NOT NULL,
  serial TEXT NOT NULL,
  not_before TEXT NOT NULL,
  not_after TEXT NOT NULL,
  sha1 TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  generation INTEGER NOT NULL,
  public_key BLOB NOT NULL,
  fingerprint BLOB NOT NULL,
  digests BLOB NOT NULL,
  revoked TEXT,
  shape INTEGER NOT NULL REFERENCES shapes,
  volume INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE volumes (volume INTEGER PRIMARY KEY, file TEXT NOT NULL, size INTEGER NOT NULL, sha256 BLOB);
CREATE TABLE files (
  id TEXT NOT NULL,
  artifact TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (id, artifact)
) WITHOUT ROWID;
CREATE TABLE issued (
  id TEXT NOT NULL,
  issuer TEXT NOT NULL,
  serial TEXT NOT NULL,
  generation INTEGER NOT NULL,
  public_key BLOB NOT NULL,
  not_after TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (id, sha256)
) WITHOUT ROWID;
CREATE TABLE archive (
  id TEXT NOT NULL,
  public_key BLOB NOT NULL,
  artifact TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (id, public_key, artifact)
) WITHOUT ROWID;
CREATE VIEW bundles AS
  SELECT id, members.issuer, key, certificate, chain, certificate || chain AS fullchain, root, serial, not_before,
         not_after, sha1, sha256
  FROM members LEFT JOIN chains ON chains.issuer = members.issuer;
";
