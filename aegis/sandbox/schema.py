"""The sandbox's tables."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS counter (n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS workspaces (gid TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS users (gid TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, token TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS portfolios (gid TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT, workspace TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS projects (gid TEXT PRIMARY KEY, name TEXT NOT NULL, notes TEXT NOT NULL, owner TEXT,
  archived INTEGER NOT NULL DEFAULT 0, completed INTEGER NOT NULL DEFAULT 0, workspace TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS portfolio_items (portfolio TEXT NOT NULL, project TEXT NOT NULL,
  PRIMARY KEY (portfolio, project));
CREATE TABLE IF NOT EXISTS sections (gid TEXT PRIMARY KEY, project TEXT NOT NULL, name TEXT NOT NULL,
  position REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (gid TEXT PRIMARY KEY, name TEXT NOT NULL, notes TEXT NOT NULL DEFAULT '',
  html_notes TEXT, resource_subtype TEXT NOT NULL DEFAULT 'default_task', completed INTEGER NOT NULL DEFAULT 0,
  completed_at TEXT, approval_status TEXT, assignee TEXT, created_by TEXT, created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL, due_on TEXT, due_at TEXT, start_on TEXT, start_at TEXT, parent TEXT,
  separator INTEGER NOT NULL DEFAULT 0, workspace TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS memberships (task TEXT NOT NULL, project TEXT NOT NULL, section TEXT NOT NULL,
  position REAL NOT NULL, PRIMARY KEY (task, project));
CREATE TABLE IF NOT EXISTS tags (gid TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS task_tags (task TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (task, tag));
CREATE TABLE IF NOT EXISTS dependencies (task TEXT NOT NULL, needs TEXT NOT NULL, PRIMARY KEY (task, needs));
CREATE TABLE IF NOT EXISTS stories (gid TEXT PRIMARY KEY, task TEXT NOT NULL, resource_subtype TEXT NOT NULL,
  text TEXT NOT NULL, html_text TEXT, created_at TEXT NOT NULL, created_by TEXT);
CREATE TABLE IF NOT EXISTS attachments (gid TEXT PRIMARY KEY, parent TEXT NOT NULL, name TEXT NOT NULL,
  host TEXT NOT NULL, url TEXT, size INTEGER, created_at TEXT NOT NULL, created_by TEXT);
CREATE TABLE IF NOT EXISTS files (gid TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS by_parent ON attachments (parent);
CREATE INDEX IF NOT EXISTS by_project ON memberships (project, section, position);
CREATE INDEX IF NOT EXISTS by_task ON stories (task);
"""
