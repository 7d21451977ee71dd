"""What pipeflow costs, beside a hand-written floor and four libraries."""
