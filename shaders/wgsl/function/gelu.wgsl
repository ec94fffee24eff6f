fn apply(x: acc) -> acc { return gelu(x); }
