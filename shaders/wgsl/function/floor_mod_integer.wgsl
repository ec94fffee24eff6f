// What a division that rounds down leaves over: it has the divisor's sign.
fn combine(a: acc, b: acc) -> acc {
    let remainder = a % b;
    return remainder + select(acc(0), b, (remainder != acc(0)) & ((remainder ^ b) < acc(0)));
}
