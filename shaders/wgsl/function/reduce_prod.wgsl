const IDENTITY = 1.0;
fn combine(product: acc, v: acc) -> acc { return product * v; }
fn finish(product: acc, count: u32) -> acc { return product; }
