"""Where the outside enters the queues: AMI, tables, timers."""
