fn apply(x: acc) -> acc { return sine(x); }
