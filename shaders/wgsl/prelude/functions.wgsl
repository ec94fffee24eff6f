// Functions that take more than a word.

// Of NaN devices give any exponential.
fn exponential(x: acc) -> acc { return select(exp(x), x, is_no_number(x)); }

// Below the least normal float, devices take logarithms of another number: there the argument is 2^24 times as large. That of zero is
// minus infinity, which may not be a constant of a shader; NaN has none, and what is less than zero.
fn natural_logarithm(x: acc) -> acc {
    let of_number = select(log(x), log(x * 16777216.0) - 16.635532, x < acc(1.1754944e-38));
    let bits = bitcast<vec4<u32>>(x);
    let of_zero = bitcast<acc>(bits | vec4<u32>(0xff800000u));
    let v = select(of_number, of_zero, (bits << vec4<u32>(1u)) == vec4<u32>());
    return select(v, no_number(x), is_negative(x) | is_no_number(x));
}

// exp of a number that is never positive does not overflow.
fn logistic(x: acc) -> acc {
    let e = exponential(-abs(x));
    return select(acc(1.0), e, x < acc(0.0)) / (1.0 + e);
}

// Past 15 the f32 result is 1, and drivers that compute it from exp would overflow.
fn bounded_tanh(x: acc) -> acc { return tanh(held(x, -15.0, 15.0)); }

fn hard_swish(x: acc) -> acc { return x * clamp(x + 3.0, acc(0.0), acc(6.0)) / 6.0; }

fn elu(x: acc) -> acc { return select(x, exp(min(x, acc(0.0))) - 1.0, x < acc(0.0)); }

// The error function to 1.5e-7, by the fifth-degree polynomial of Abramowitz and Stegun (7.1.26).
fn error_function(x: acc) -> acc {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return sign(x) * (1.0 - p * exp(-x * x));
}

fn gelu(x: acc) -> acc { return 0.5 * x * (1.0 + error_function(x * 0.7071067811865476)); }

fn gelu_approximate(x: acc) -> acc {
    return 0.5 * x * (1.0 + bounded_tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
}

// Quarter turns up to which angles are reduced here.
const MAX_QUARTERS = 8192.0;

// The sine of an angle and so many quarter turns: devices need not know it to more than 11 bits.
fn turned_sine(x: acc, turns: i32) -> acc {
    let quarters = round(x * 0.63661977);
    // Pi / 2 in three parts: products of the first two with whole numbers up to `MAX_QUARTERS` are exact.
    let rest = ((x - quarters * 1.5703125) - quarters * 0.0004837512969970703) - quarters * 7.549790126404332e-8;
    let square = rest * rest;
    // Within an eighth of a turn, minimax polynomials of sine and cosine.
    let odd = rest + rest * square * (-0.16666655 + square * (0.008332172 + square * -0.0001951648));
    let even = 1.0 - 0.5 * square + square * square * (0.041666646 + square * (-0.001388736 + square * 2.4437533e-5));
    let quarter = vec4<i32>(quarters) + vec4<i32>(turns);
    let v = select(odd, even, (quarter & vec4<i32>(1)) != vec4<i32>());
    return select(v, -v, (quarter & vec4<i32>(2)) != vec4<i32>());
}

// An infinity has neither.
fn sine(x: acc) -> acc {
    let v = select(sin(x), turned_sine(x, 0), abs(x) <= acc(MAX_QUARTERS));
    return select(no_number(x), v, abs(x) <= acc(GREATEST));
}

fn cosine(x: acc) -> acc {
    let v = select(cos(x), turned_sine(x, 1), abs(x) <= acc(MAX_QUARTERS));
    return select(no_number(x), v, abs(x) <= acc(GREATEST));
}

fn prelu(x: acc, slope: acc) -> acc { return select(x, x * slope, is_negative(x)); }

// The exponent is a whole number from 1 up: the power of half of it, squared, and times the base where it is odd, each product held
// within finite floats.
fn power(x: acc, exponent: u32) -> acc {
    var result = x;
    if (exponent == 1u) { return x; }
    for (var bit = firstLeadingBit(exponent); bit > 0u; bit--) {
        result = held(result * result, -GREATEST, GREATEST);
        if (((exponent >> (bit - 1u)) & 1u) != 0u) { result = held(result * x, -GREATEST, GREATEST); }
    }
    return result;
}
