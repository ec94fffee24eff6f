const IDENTITY = 0;
fn combine(sum: acc, v: acc) -> acc { return sum + v; }
fn finish(sum: acc, count: u32) -> acc { return sum; }
