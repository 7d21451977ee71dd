"""What there is: frozen values with their own invariants; no ports, no stores, no clocks."""
