const IDENTITY = 3.4028234663852886e38;
fn combine(least: acc, v: acc) -> acc { return min(least, v); }
fn finish(least: acc, count: u32) -> acc { return least; }
