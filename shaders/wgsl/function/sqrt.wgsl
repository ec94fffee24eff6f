fn apply(x: acc) -> acc { return sqrt(x); }
