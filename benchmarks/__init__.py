"""What pipeflow costs, beside a hand-written floor and five libraries."""
