// Values are added to those of another tensor of as many elements before they are written, as ADD of quantized integers does it.

// Rows: how the values come to the scale on which they are added (zero point, multiplier, exponent, and how far they are shifted left
// before), how those of the other tensor do, how sums come to the output's scale, and the bounds of the clamp.
@group(0) @binding(5) var<storage, read> steps: array<vec4<i32>>;
@group(0) @binding(6) var<storage, read> operand_0: array<elem>;

// Whether all scales are powers of two: numbers are divided by that of their exponent, and sums have the output's scale.
override power_of_two: bool = false;
// Whether values begin with a multiple of four elements.
override addend_quads: bool = true;

// The other tensor's elements that belong to those of the output from `first` on.
fn addends(first: u32) -> acc {
    if (addend_quads) { return load(operand_0[first >> 2u]); }
    var v: acc;
    for (var lane = 0u; lane < 4u; lane++) {
        let at = first + lane;
        v[lane] = load(operand_0[at >> 2u])[at & 3u];
    }
    return v;
}

fn on_scale_of_sums(v: acc, row: vec4<i32>) -> acc {
    if (!power_of_two) { return multiply_each((v - row.x) << vec4<u32>(u32(row.w)), row.y, row.z); }
    let exponent = u32(row.z);
    return acc(
        rounding_divide_by_pot(v.x, exponent),
        rounding_divide_by_pot(v.y, exponent),
        rounding_divide_by_pot(v.z, exponent),
        rounding_divide_by_pot(v.w, exponent),
    );
}

// The values from element `first` of the output on, after the sum.
fn epilogue(v: acc, first: u32) -> acc {
    var sum = on_scale_of_sums(v, steps[0]) + on_scale_of_sums(addends(first), steps[1]);
    if (!power_of_two) { sum = multiply_each(sum, steps[2].y, steps[2].z) + steps[2].x; }
    return clamp(sum, acc(steps[3].x), acc(steps[3].y));
}
