"""Who answers whom and when: agents, skills, routing, waiting, board, statistics."""
