// What a division that rounds down leaves over: it has the divisor's sign.
fn combine(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let divisor = magnitude64(b);
    var remainder = divide64(magnitude64(a), divisor).remainder;
    if (is_negative(a) != is_negative(b) && any(remainder != vec2<u32>())) {
        remainder = add64(divisor, negate64(remainder));
    }
    return select(remainder, negate64(remainder), is_negative(b));
}
