fn apply(x: acc) -> acc { return bounded_tanh(x); }
