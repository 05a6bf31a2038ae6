"""Measured figures: `make bench`. Ratios of what ran side by side in one run; nothing here is asserted in tests."""
