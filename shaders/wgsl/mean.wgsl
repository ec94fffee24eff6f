struct Params {
    kept: array<vec4<u32>, 6>,
    reduced: array<vec4<u32>, 6>,
    kept_rank: u32,
    reduced_rank: u32,
    length: u32,
    count: u32,
}

const IDENTITY = 0.0;
fn combine(sum: acc, v: acc) -> acc { return sum + v; }
fn finish(sum: acc, count: u32) -> acc { return sum / f32(count); }
