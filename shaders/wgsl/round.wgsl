// Halves go to the even number.
fn apply(x: acc) -> acc { return round(x); }
