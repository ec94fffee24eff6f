fn apply(x: acc) -> acc { return floor(x); }
