// Biases lie in memory as 16-bit integers, two in a word: `bias_elem` is four of them.
alias bias_elem = vec2<u32>;
fn load_bias(v: bias_elem) -> vec4<i32> {
    let words = bitcast<vec2<i32>>(v).xxyy;
    return (words << vec4<u32>(16u, 0u, 16u, 0u)) >> vec4<u32>(16u);
}
