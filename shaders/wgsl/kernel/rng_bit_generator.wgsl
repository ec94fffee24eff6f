// Random bits that follow from a state, by Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011): blocks of
// Philox 4x32 with 10 rounds or of Threefry 2x32 with 20, for a counter that goes up by one each.
struct Params {
    // In words.
    length: u32,
    // 64-bit integers of the state: the key and the counter, and for Philox the counter's upper half if there is a third.
    state_length: u32,
    // Blocks of all bits.
    blocks: u32,
}

@group(0) @binding(3) var<storage, read> state: array<i32>;

override threefry: bool = false;
// Whether the state after the bits is written instead of them.
override state_after: bool = false;

fn state_at(i: u32) -> vec2<u32> {
    return bitcast<vec2<u32>>(vec2<i32>(state[2u * i], state[2u * i + 1u]));
}

fn counter_of(block: u32) -> vec2<u32> {
    return add64(state_at(1u), vec2<u32>(block, 0u));
}

fn philox_block(block: u32) -> vec4<u32> {
    var key = state_at(0u);
    var counter = vec4<u32>(counter_of(block), state_at(select(0u, 2u, params.state_length == 3u)));
    for (var round = 0u; round < 10u; round++) {
        let first = umul64(0xd2511f53u, counter.x);
        let second = umul64(0xcd9e8d57u, counter.z);
        counter = vec4<u32>(second.y ^ counter.y ^ key.x, second.x, first.y ^ counter.w ^ key.y, first.x);
        key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    return counter;
}

fn rotated(v: u32, count: u32) -> u32 { return (v << count) | (v >> (32u - count)); }

fn threefry_block(block: u32) -> vec2<u32> {
    let key = state_at(0u);
    var keys = vec3<u32>(key, key.x ^ key.y ^ 0x1bd11bdau);
    var words = counter_of(block) + key;
    var rotations = vec4<u32>(13u, 15u, 26u, 6u);
    var others = vec4<u32>(17u, 29u, 16u, 24u);
    for (var round = 1u; round <= 5u; round++) {
        for (var step = 0u; step < 4u; step++) {
            words.x += words.y;
            words.y = rotated(words.y, rotations[step]) ^ words.x;
        }
        keys = keys.yzx;
        words += keys.xy + vec2<u32>(0u, round);
        let last = rotations;
        rotations = others;
        others = last;
    }
    return words;
}

// Integer `i` of the state after all blocks.
fn after(i: u32) -> vec2<u32> {
    if (i == 1u) { return counter_of(params.blocks); }
    return state_at(i);
}

fn value(i: u32) -> acc {
    if (state_after) { return bitcast<acc>(vec4<u32>(after(i >> 1u), after((i >> 1u) + 1u))); }
    if (threefry) { return bitcast<acc>(vec4<u32>(threefry_block(i >> 1u), threefry_block((i >> 1u) + 1u))); }
    return bitcast<acc>(philox_block(i >> 2u));
}
