// Whether a relation holds of each two elements, with broadcasting. `Params` has the dimensions, innermost first: x, the
// output's extent; y and z, the steps of the operands.
@group(0) @binding(3) var<storage, read> left: array<weight_elem>;
@group(0) @binding(4) var<storage, read> right: array<bias_elem>;

// Whether four output elements in a row read four elements in a row of the operand, or one.
override left_quads: bool = true;
override right_quads: bool = true;
// 0, equal; 1, not equal; 2, less; 3, less or equal.
override relation: u32 = 0u;

fn value(i: u32) -> acc {
    var rest = i;
    var a = 0u;
    var b = 0u;
    for (var d = 0u; d < params.rank; d++) {
        let dim = params.dims[d];
        let at = rest % dim.x;
        rest /= dim.x;
        a += at * dim.y;
        b += at * dim.z;
    }
    let x = comparable_left(left_at(a));
    let y = comparable_right(right_at(b));
    var holds = x == y;
    if (relation == 1u) { holds = x != y; }
    if (relation == 2u) { holds = x < y; }
    if (relation == 3u) { holds = x <= y; }
    let no_numbers = is_no_number(x) | is_no_number(y);
    return select(acc(0), acc(1), select(holds, vec4<bool>(relation == 1u), no_numbers));
}
