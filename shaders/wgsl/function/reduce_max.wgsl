const IDENTITY = -3.4028234663852886e38;
fn combine(greatest: acc, v: acc) -> acc { return greater(v, greatest); }
fn finish(greatest: acc, count: u32) -> acc { return greatest; }
