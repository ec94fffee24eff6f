fn identity() -> acc { return acc(0); }
fn combine(pooled: acc, v: acc) -> acc { return pooled + v; }
// Rounded half away from zero.
fn finish(pooled: acc, count: u32) -> acc {
    let half = i32(count / 2u);
    return (pooled + select(acc(-half), acc(half), pooled > acc(0))) / i32(count);
}
