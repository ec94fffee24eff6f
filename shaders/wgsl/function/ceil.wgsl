fn apply(x: acc) -> acc { return ceil(x); }
