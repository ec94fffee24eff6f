// Activations lie in memory as 16-bit integers, two in a word: `elem` is four of them. Stored values lie in the type's range.
alias elem = vec2<u32>;
alias acc = vec4<i32>;
fn load(v: elem) -> acc {
    let words = bitcast<vec2<i32>>(v).xxyy;
    return (words << vec4<u32>(16u, 0u, 16u, 0u)) >> vec4<u32>(16u);
}
fn store(v: acc) -> elem {
    let halves = bitcast<vec4<u32>>(v) & vec4<u32>(0xffffu);
    return halves.xz | (halves.yw << vec2<u32>(16u));
}
