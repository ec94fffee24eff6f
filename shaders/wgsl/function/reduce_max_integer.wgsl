const IDENTITY = -2147483648;
fn combine(greatest: acc, v: acc) -> acc { return max(greatest, v); }
fn finish(greatest: acc, count: u32) -> acc { return greatest; }
