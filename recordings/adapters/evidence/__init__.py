"""Where the outside enters the evidence: keys on disk, the log's tables, authorities, witnesses, packages."""
