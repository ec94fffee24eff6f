// Comparisons of integers, under the names of those of floats.
alias number = i32;

// The least and the greatest 32-bit integer.
const LEAST: i32 = -2147483648;
const GREATEST: i32 = 2147483647;

fn held(v: acc, least: i32, greatest: i32) -> acc { return clamp(v, acc(least), acc(greatest)); }
fn sign_of(v: acc) -> acc { return sign(v); }
fn greater(a: acc, b: acc) -> acc { return max(a, b); }
fn lesser(a: acc, b: acc) -> acc { return min(a, b); }
