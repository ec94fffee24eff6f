// A 64-bit x * multiplier / 2^total_shift, rounded once, half up; products wrap. The multiplier has 16 bits, and `total_shift` is in
// 1..=63.
fn multiply_by_quantized_multiplier_64(x: vec2<u32>, multiplier: i32, total_shift: u32) -> i32 {
    let reduced = bitcast<u32>(multiplier);
    let low = umul64(x.x, reduced);
    // A multiplier below 0 is read as 2^32 more.
    let excess = select(0u, x.x, multiplier < 0);
    let product = vec2<u32>(low.x, low.y + x.y * reduced - excess);
    let half = total_shift - 1u;
    let bit = 1u << (half & 31u);
    let sum = add64(product, select(vec2<u32>(bit, 0u), vec2<u32>(0u, bit), half >= 32u));
    let rest = total_shift & 31u;
    if (total_shift >= 32u) { return bitcast<i32>(sum.y) >> rest; }
    return bitcast<i32>((sum.x >> rest) | (sum.y << (32u - rest)));
}
