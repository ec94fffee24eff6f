fn apply(x: acc) -> acc { return log(x); }
