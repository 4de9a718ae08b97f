"""Ground floor: what every room may lean on. Clock, errors, localised text. No I/O, no vendor, no domain noun."""
