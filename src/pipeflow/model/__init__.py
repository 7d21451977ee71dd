"""What there is: frozen values that know their own invariants and nothing of ports, stores or clocks."""
