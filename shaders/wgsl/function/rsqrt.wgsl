fn apply(x: acc) -> acc { return inverseSqrt(x); }
