// Few output positions for an invocation, whose sums fit into registers.
const POSITIONS = 4u;

// Adds the products of the input channels from `c` on.
fn add_products(
    low: ptr<function, block>,
    high: ptr<function, block>,
    base: ptr<function, places>,
    inside: ptr<function, presence>,
    c: u32,
    l: weight_square,
    h: weight_square,
) {
    for (var p = 0u; p < POSITIONS; p++) {
        let v = operand(base, inside, p, c);
        (*low)[p] = plus_products((*low)[p], v, l);
        (*high)[p] = plus_products((*high)[p], v, h);
    }
}
