fn apply(x: acc) -> acc { return sign(x); }
