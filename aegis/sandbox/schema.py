"""The sandbox's tables; triggers write the events that Asana tells of a project.

A new or ended dependency is no event here: Asana's description promises none (so a full look is needed now and then).
"""

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
CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL,
  resource TEXT NOT NULL, kind TEXT NOT NULL, action TEXT NOT NULL, parent TEXT, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_project ON events (project, id);
CREATE TRIGGER IF NOT EXISTS task_changed AFTER UPDATE ON tasks BEGIN
  INSERT INTO events (project, resource, kind, action, parent, created_at)
    SELECT project, NEW.gid, 'task', 'changed', NULL, NEW.modified_at FROM memberships
    WHERE task IN (NEW.gid, NEW.parent);
END;
CREATE TRIGGER IF NOT EXISTS task_put_in AFTER INSERT ON memberships BEGIN
  INSERT INTO events (project, resource, kind, action, parent, created_at)
    VALUES (NEW.project, NEW.task, 'task', 'added', NEW.project, strftime('%Y-%m-%dT%H:%M:%fZ'));
END;
CREATE TRIGGER IF NOT EXISTS task_taken_out AFTER DELETE ON memberships BEGIN
  INSERT INTO events (project, resource, kind, action, parent, created_at)
    VALUES (OLD.project, OLD.task, 'task', 'removed', OLD.project, strftime('%Y-%m-%dT%H:%M:%fZ'));
END;
CREATE TRIGGER IF NOT EXISTS story_added AFTER INSERT ON stories BEGIN
  INSERT INTO events (project, resource, kind, action, parent, created_at)
    SELECT project, NEW.gid, 'story', 'added', NEW.task, NEW.created_at FROM memberships
    WHERE task IN (NEW.task, (SELECT parent FROM tasks WHERE gid = NEW.task));
END;
CREATE TABLE IF NOT EXISTS attachments (gid TEXT PRIMARY KEY, parent TEXT NOT NULL, name TEXT NOT NULL,
  host TEXT NOT NULL, url TEXT, size INTEGER, created_at TEXT NOT NULL, created_by TEXT);
CREATE TABLE IF NOT EXISTS files (gid TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS by_parent ON attachments (parent);
CREATE INDEX IF NOT EXISTS by_project ON memberships (project, section, position);
CREATE INDEX IF NOT EXISTS by_task ON stories (task);
CREATE INDEX IF NOT EXISTS subtasks_by_parent ON tasks (parent);
CREATE INDEX IF NOT EXISTS dependents ON dependencies (needs);
"""
