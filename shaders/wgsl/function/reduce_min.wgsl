const IDENTITY = 3.4028234663852886e38;
fn combine(least: acc, v: acc) -> acc { return lesser(v, least); }
fn finish(least: acc, count: u32) -> acc { return least; }
