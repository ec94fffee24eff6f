fn apply(x: acc) -> acc { return cosine(x); }
