"""What a person looks at: the citizens' call page, the agents' desk, the supervisors' wall."""
