// A count beyond the type's bits leaves the sign, one below 0 the number.
fn combine(a: acc, b: acc) -> acc {
    return a >> vec4<u32>(clamp(b, acc(0), acc(i32(params.bits) - 1)));
}
