// Many output positions for an invocation, for adapters on which loads take longer than sums that lie in memory.
const POSITIONS = 16u;

// Adds the products of the positions `p` and `p + 1`.
fn add_pair(
    low: ptr<function, block>,
    high: ptr<function, block>,
    p: u32,
    v: acc,
    u: acc,
    l: weight_square,
    h: weight_square,
) {
    (*low)[p] = plus_products((*low)[p], v, l);
    (*low)[p + 1u] = plus_products((*low)[p + 1u], u, l);
    (*high)[p] = plus_products((*high)[p], v, h);
    (*high)[p + 1u] = plus_products((*high)[p + 1u], u, h);
}

// Adds the products of the input channels from `c` on. Pair by pair: drivers do not unroll a loop over this much.
fn add_products(
    low: ptr<function, block>,
    high: ptr<function, block>,
    base: ptr<function, places>,
    inside: ptr<function, presence>,
    c: u32,
    l: weight_square,
    h: weight_square,
) {
    add_pair(low, high, 0u, operand(base, inside, 0u, c), operand(base, inside, 1u, c), l, h);
    add_pair(low, high, 2u, operand(base, inside, 2u, c), operand(base, inside, 3u, c), l, h);
    add_pair(low, high, 4u, operand(base, inside, 4u, c), operand(base, inside, 5u, c), l, h);
    add_pair(low, high, 6u, operand(base, inside, 6u, c), operand(base, inside, 7u, c), l, h);
    add_pair(low, high, 8u, operand(base, inside, 8u, c), operand(base, inside, 9u, c), l, h);
    add_pair(low, high, 10u, operand(base, inside, 10u, c), operand(base, inside, 11u, c), l, h);
    add_pair(low, high, 12u, operand(base, inside, 12u, c), operand(base, inside, 13u, c), l, h);
    add_pair(low, high, 14u, operand(base, inside, 14u, c), operand(base, inside, 15u, c), l, h);
}
