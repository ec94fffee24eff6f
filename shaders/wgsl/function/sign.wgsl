fn apply(x: acc) -> acc { return sign_of(x); }
