const IDENTITY = 2147483647;
fn combine(least: acc, v: acc) -> acc { return min(least, v); }
fn finish(least: acc, count: u32) -> acc { return least; }
