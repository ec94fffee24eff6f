// Weights lie in memory as 16-bit integers, two in a word: `weight_elem` is four of them.
alias weight_elem = vec2<u32>;
fn load_weight(v: weight_elem) -> vec4<i32> {
    let words = bitcast<vec2<i32>>(v).xxyy;
    return (words << vec4<u32>(16u, 0u, 16u, 0u)) >> vec4<u32>(16u);
}
