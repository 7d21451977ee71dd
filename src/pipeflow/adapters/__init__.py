"""Ready-made ports and stores, each in a module of its own that loads on first use."""
