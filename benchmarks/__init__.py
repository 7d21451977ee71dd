"""What pipeflow costs, beside a hand-written floor and two state machine libraries."""
