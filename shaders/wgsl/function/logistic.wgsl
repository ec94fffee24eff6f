fn apply(x: acc) -> acc { return logistic(x); }
