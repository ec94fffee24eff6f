fn apply(x: acc) -> acc { return sin(x); }
