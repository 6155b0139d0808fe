"""What a person looks at: agent desk, supervisor wall, caller's page; HTTP and WebSocket API."""
