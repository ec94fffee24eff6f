// What the elementwise operations of two float tensors are told.
struct Params {
    dims: array<vec4<u32>, 6>,
    rank: u32,
    length: u32,
    activation_min: f32,
    activation_max: f32,
}
