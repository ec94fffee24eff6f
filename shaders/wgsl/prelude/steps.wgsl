// Elementwise steps that values go through before they are written. A pipeline has its steps compiled in: `step_N` says what step N
// computes, 0 that there is none. Of its bits
//     0 to 7    are the function,
//     8 to 11   say where the first argument comes from, 12 to 15 where the second one does,
//     16 to 17  say which tensor the operand is, 3 for a table,
//     18        is set where it is read four elements at a time,
//     19        where its quads repeat,
//     20        where the result is clamped.

// Where arguments come from. Below `FROM_CONSTANT` is 0 for the value that the steps begin with and N for what step N - 1 gave.
const FROM_CONSTANT = 8u;
const FROM_OPERAND = 9u;

const IDENTITY = 1u;
const ADD = 2u;
const SUB = 3u;
const MUL = 4u;
const DIV = 5u;
const MAXIMUM = 6u;
const MINIMUM = 7u;
const SQUARED_DIFFERENCE = 8u;
const PRELU = 9u;
const POWER = 10u;
const HARD_SWISH = 11u;
const LOGISTIC = 12u;
const TANH = 13u;
const ABS = 14u;
const CEIL = 15u;
const COS = 16u;
const ELU = 17u;
const EXP = 18u;
const FLOOR = 19u;
const GELU = 20u;
const GELU_APPROXIMATE = 21u;
const LOG = 22u;
const NEG = 23u;
const ROUND = 24u;
const RSQRT = 25u;
const SIGN = 26u;
const SIN = 27u;
const SQRT = 28u;
const SQUARE = 29u;

// Two rows for each step: the operand's element `i / x % y` belongs to element `i`, the table begins with row z, and w is the bits
// of the constant; and the bits of the clamp's bounds in x and y. Then the tables.
@group(0) @binding(5) var<storage, read> steps: array<vec4<i32>>;
@group(0) @binding(6) var<storage, read> operand_0: array<elem>;
@group(0) @binding(7) var<storage, read> operand_1: array<elem>;
@group(0) @binding(8) var<storage, read> operand_2: array<elem>;

// The four elements of an operand from `i` on, a multiple of four.
fn operand_quad(code: u32, table: u32, i: u32) -> acc {
    switch (code >> 16u) & 3u {
        case 0u: { return load(operand_0[i >> 2u]); }
        case 1u: { return load(operand_1[i >> 2u]); }
        case 2u: { return load(operand_2[i >> 2u]); }
        default: { return acc(bitcast<vec4<f32>>(steps[table + (i >> 2u)])); }
    }
}

// The operand's elements that belong to those of the output from `first` on.
fn operand_at(code: u32, row: vec4<i32>, first: u32) -> acc {
    let table = u32(row.z);
    if (((code >> 18u) & 1u) != 0u) {
        var at = first;
        if (((code >> 19u) & 1u) != 0u) { at %= u32(row.y); }
        return operand_quad(code, table, at);
    }
    var v: acc;
    for (var lane = 0u; lane < 4u; lane++) {
        let at = (first + lane) / u32(row.x) % u32(row.y);
        v[lane] = operand_quad(code, table, at)[at & 3u];
    }
    return v;
}

fn computed(function_of: u32, a: acc, b: acc) -> acc {
    switch function_of {
        case ADD: { return a + b; }
        case SUB: { return a - b; }
        case MUL: { return a * b; }
        case DIV: { return a / b; }
        case MAXIMUM: { return greater(a, b); }
        case MINIMUM: { return lesser(a, b); }
        case SQUARED_DIFFERENCE: { return (a - b) * (a - b); }
        case PRELU: { return prelu(a, b); }
        case POWER: { return power(a, u32(b.x)); }
        case HARD_SWISH: { return hard_swish(a); }
        case LOGISTIC: { return logistic(a); }
        case TANH: { return bounded_tanh(a); }
        case ABS: { return abs(a); }
        case CEIL: { return ceil(a); }
        case COS: { return cosine(a); }
        case ELU: { return elu(a); }
        case EXP: { return exponential(a); }
        case FLOOR: { return floor(a); }
        case GELU: { return gelu(a); }
        case GELU_APPROXIMATE: { return gelu_approximate(a); }
        case LOG: { return natural_logarithm(a); }
        case NEG: { return -a; }
        case ROUND: { return round(a); }
        case RSQRT: { return inverseSqrt(a); }
        case SIGN: { return sign_of(a); }
        case SIN: { return sine(a); }
        case SQRT: { return sqrt(a); }
        case SQUARE: { return a * a; }
        default: { return a; }
    }
}

// What step `n` gives for the elements from `first` on.
fn step_of(code: u32, n: u32, first: u32, values: ptr<function, array<acc, 8>>) -> acc {
    let row = steps[2u * n];
    let from_a = (code >> 8u) & 15u;
    let from_b = (code >> 12u) & 15u;
    var a = acc(bitcast<f32>(row.w));
    if (from_a == FROM_OPERAND || from_b == FROM_OPERAND) { a = operand_at(code, row, first); }
    var b = a;
    if (from_a < FROM_CONSTANT) { a = (*values)[from_a]; }
    if (from_b < FROM_CONSTANT) { b = (*values)[from_b]; }
    let v = computed(code & 255u, a, b);
    if (((code >> 20u) & 1u) == 0u) { return v; }
    let bounds = bitcast<vec4<f32>>(steps[2u * n + 1u]);
    return held(v, bounds.x, bounds.y);
}
