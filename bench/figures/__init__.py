"""What bench/report measures, a module for each kind of figure."""
