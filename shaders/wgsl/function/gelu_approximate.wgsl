fn apply(x: acc) -> acc { return gelu_approximate(x); }
