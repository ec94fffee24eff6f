fn apply(x: acc) -> acc { return cos(x); }
