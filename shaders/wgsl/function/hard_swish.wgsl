fn apply(x: acc) -> acc { return hard_swish(x); }
