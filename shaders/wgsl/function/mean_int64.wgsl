// The sum, divided towards zero.
const IDENTITY = vec2<u32>();
fn combine(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> { return add64(a, b); }

fn finish(sum: vec2<u32>, count: u32) -> vec2<u32> {
    let quotient = divide64(magnitude64(sum), vec2<u32>(count, 0u)).quotient;
    return select(quotient, negate64(quotient), is_negative(sum));
}
