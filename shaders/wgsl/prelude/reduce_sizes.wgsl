// What reductions that rescale nothing are told.
struct Params {
    kept: array<vec4<u32>, 6>,
    reduced: array<vec4<u32>, 6>,
    kept_rank: u32,
    reduced_rank: u32,
    length: u32,
    count: u32,
    part_count: u32,
    parts: u32,
    divisor: u32,
}
