// Products of batches of matrices of integers less their zero points. The left matrices have the output's element.
struct Params {
    // The dimensions of the output's batch, innermost first: x, the extent; y and z, the steps of the left and the right matrices.
    batch: array<vec4<u32>, 3>,
    batch_rank: u32,
    length: u32,
    rows: u32,
    depth: u32,
    columns: u32,
    left_row_step: u32,
    left_depth_step: u32,
    right_depth_step: u32,
    right_column_step: u32,
    left_zero_point: i32,
    right_zero_point: i32,
    multiplier: i32,
    exponent: i32,
    output_zero_point: i32,
    smallest: i32,
    largest: i32,
}

@group(0) @binding(3) var<storage, read> right: array<weight_elem>;

// Whether four columns in a row of a right matrix are a quad.
override other_quads: bool = true;
// Whether sums are 64 bits wide.
override wide: bool = false;
// Whether sums are brought to the output's scale, or stay as they are.
override rescaled: bool = true;

fn right_at(first: u32) -> acc {
    if (other_quads) { return load_weight(right[first >> 2u]); }
    var v: acc;
    for (var c = 0u; c < select(1u, 4u, quads); c++) {
        let at = first + c * params.right_column_step;
        v[c] = load_weight(right[at >> 2u])[at & 3u];
    }
    return v;
}

fn value(i: u32) -> acc {
    let column = i % params.columns;
    let matrix = i / params.columns;
    var rest = matrix / params.rows;
    var left_first = matrix % params.rows * params.left_row_step;
    var right_first = column * params.right_column_step;
    for (var d = 0u; d < params.batch_rank; d++) {
        let dim = params.batch[d];
        left_first += rest % dim.x * dim.y;
        right_first += rest % dim.x * dim.z;
        rest /= dim.x;
    }

    // Where sums are wide, `high` counts 65536 times.
    var low = acc();
    var high = acc();
    for (var k = 0u; k < params.depth; k++) {
        let l = one_at(left_first + k * params.left_depth_step) - params.left_zero_point;
        let product = l * (right_at(right_first + k * params.right_depth_step) - params.right_zero_point);
        if (wide) {
            low += product & acc(0xffff);
            high += product >> vec4<u32>(16u);
        } else {
            low += product;
        }
    }
    if (!rescaled) { return low; }
    var scaled: acc;
    if (wide) {
        for (var c = 0u; c < 4u; c++) {
            let upper = bitcast<vec2<u32>>(vec2<i32>(high[c] << 16u, high[c] >> 16u));
            let sum = add64(upper, widened(low[c]));
            scaled[c] = multiply_by_quantized_multiplier_64(sum, params.multiplier, u32(params.exponent));
        }
    } else {
        scaled = multiply_each(low, params.multiplier, params.exponent);
    }
    return clamp(scaled + params.output_zero_point, acc(params.smallest), acc(params.largest));
}
