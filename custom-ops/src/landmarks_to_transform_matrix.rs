//! Landmarks2TransformMatrix: MediaPipe's matrix that crops an image to some landmarks, upright.
//!
//! Input, float32: landmarks of three coordinates, `[1,1,1,3 · landmarks]` in the first version and
//! `[1,landmarks,3]` in the second. Output: a matrix `[1,4,4]` from places of the crop to places of the
//! image.
//!
//! Options, a FlexBuffer with the indices of two landmarks that lie on a level, `left_rotation_idx` and
//! `right_rotation_idx`, and of the landmarks that the crop holds: `subset` in the first version,
//! `subset_idxs` in the second. The first has besides `input_hw`, `output_hw`, `landmarks_range`,
//! `bbox_size_multiplier` and `dimensions`, which is 3; the second `target_rotation_radians`,
//! `output_height`, `output_width`, `scale_x` and `scale_y`.

use demilite_core::{DataType, NodeContext, OpError, Reject, Shape};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use super::{CustomKernel, FlexMap};

/// See [the module](self).
#[derive(Debug)]
pub struct LandmarksToTransformMatrix;

/// The landmarks that an op looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// One end of a line that is to be level.
    pub left: usize,
    /// The other.
    pub right: usize,
    /// Those that the crop holds; at least one.
    pub subset: Vec<usize>,
}

/// The first version's parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FirstVersion {
    /// Height and width of the image.
    pub input: [f32; 2],
    /// Height and width of the crop.
    pub output: [f32; 2],
    /// The extent of the landmarks' coordinates.
    pub landmarks_range: f32,
    /// How much larger than the landmarks the crop is.
    pub bbox_size_multiplier: f32,
}

/// The second version's parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SecondVersion {
    /// The angle that the line has in the crop.
    pub target_rotation_radians: f32,
    /// Height and width of the crop.
    pub output: [f32; 2],
    /// How much larger than the landmarks the crop is, along x and y.
    pub scale: [f32; 2],
}

type Matrix<const N: usize> = [[f32; N]; N];

fn multiply<const N: usize>(a: Matrix<N>, b: Matrix<N>) -> Matrix<N> {
    let element = |row: usize, column: usize| {
        (0..N).fold(0.0, |sum, index| sum + a[row][index] * b[index][column])
    };
    std::array::from_fn(|row| std::array::from_fn(|column| element(row, column)))
}

fn position(landmarks: &[f32], index: usize) -> [f32; 2] {
    [landmarks[3 * index], landmarks[3 * index + 1]]
}

/// `[x, y]` turned by an angle of this sine and cosine.
fn turned([x, y]: [f32; 2], (sine, cosine): (f32, f32)) -> [f32; 2] {
    [x * cosine - y * sine, x * sine + y * cosine]
}

/// The least and the greatest coordinates of some landmarks, turned by an angle.
fn bounds(landmarks: &[f32], chosen: &Chosen, angle: f32) -> [[f32; 2]; 2] {
    let turned = chosen
        .subset
        .iter()
        .map(|&index| turned(position(landmarks, index), angle.sin_cos()));
    let ends = turned
        .map(|point| [point; 2])
        .reduce(|[least, greatest], [point, _]| {
            [
                [least[0].min(point[0]), least[1].min(point[1])],
                [greatest[0].max(point[0]), greatest[1].max(point[1])],
            ]
        });
    ends.unwrap_or_default()
}

/// The first version: coordinates run over `landmarks_range`, and the corners of crop and image meet.
pub fn first_version(landmarks: &[f32], chosen: &Chosen, parameters: &FirstVersion) -> Matrix<4> {
    let (left, right) = (
        position(landmarks, chosen.left),
        position(landmarks, chosen.right),
    );
    let angle = -((right[1] - left[1]) / (right[0] - left[0])).atan();
    let [least, greatest] = bounds(landmarks, chosen, angle);
    let size = [0, 1].map(|axis| {
        let size = (greatest[axis] - least[axis]) * parameters.bbox_size_multiplier;
        size / parameters.landmarks_range
    });
    let middle = [0, 1].map(|axis| (greatest[axis] + least[axis]) / 2.0);
    let (sine, cosine) = (-angle).sin_cos();
    let middle = turned(middle, (sine, cosine))
        .map(|place| (f64::from(place / parameters.landmarks_range) * 2.0 - 1.0) as f32);
    let to_crop = parameters
        .output
        .map(|extent| (2.0 / (f64::from(extent) - 1.0)) as f32);
    let to_image = parameters
        .input
        .map(|extent| ((f64::from(extent) - 1.0) / 2.0) as f32);
    let matrix = [
        [
            [to_image[1], 0.0, to_image[1]],
            [0.0, to_image[0], to_image[0]],
            [0.0, 0.0, 1.0],
        ],
        [
            [cosine, -sine, middle[0]],
            [sine, cosine, middle[1]],
            [0.0, 0.0, 1.0],
        ],
        [[size[0], 0.0, 0.0], [0.0, size[1], 0.0], [0.0, 0.0, 1.0]],
        [
            [to_crop[1], 0.0, -1.0],
            [0.0, to_crop[0], -1.0],
            [0.0, 0.0, 1.0],
        ],
    ]
    .into_iter()
    .reduce(multiply)
    .unwrap_or_default();
    [
        [matrix[0][0], matrix[0][1], 0.0, matrix[0][2]],
        [matrix[1][0], matrix[1][1], 0.0, matrix[1][2]],
        [matrix[2][0], matrix[2][1], matrix[2][2], 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
}

/// The second version: coordinates are those of the image.
pub fn second_version(landmarks: &[f32], chosen: &Chosen, parameters: &SecondVersion) -> Matrix<4> {
    let (left, right) = (
        position(landmarks, chosen.left),
        position(landmarks, chosen.right),
    );
    let rotation = (right[1] - left[1]).atan2(right[0] - left[0]);
    let angle = parameters.target_rotation_radians - rotation;
    let [least, greatest] = bounds(landmarks, chosen, angle);
    let (sine, cosine) = (-angle).sin_cos();
    let middle = [0, 1].map(|axis| (least[axis] + greatest[axis]) / 2.0);
    let middle = turned(middle, (sine, cosine));
    let [height, width] = parameters.output;
    let scale = [
        parameters.scale[0] * (greatest[0] - least[0]) / width,
        parameters.scale[1] * (greatest[1] - least[1]) / height,
    ];
    let shift = |x, y| {
        [
            [1.0, 0.0, 0.0, x],
            [0.0, 1.0, 0.0, y],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ]
    };
    let rotation = [
        [cosine, -sine, 0.0, 0.0],
        [sine, cosine, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ];
    let scaling = [
        [scale[0], 0.0, 0.0, 0.0],
        [0.0, scale[1], 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ];
    [rotation, scaling, shift(-width / 2.0, -height / 2.0)]
        .into_iter()
        .fold(shift(middle[0], middle[1]), multiply)
}

enum Version {
    First(FirstVersion),
    Second(SecondVersion),
}

/// Numbers that are all above zero.
fn positive<const N: usize>(what: &str, numbers: [f32; N]) -> Result<[f32; N], OpError> {
    match numbers.iter().all(|&number| number > 0.0) {
        true => Ok(numbers),
        false => Err(OpError::rule(format!(
            "its {what} is {numbers:?}, not above 0"
        ))),
    }
}

fn read(options: &[u8], node: &NodeContext<'_>) -> Result<(Version, Chosen), Unprepared> {
    let map = FlexMap::new(options)?;
    let extents = |name: &str| {
        let extents = map.integers(name);
        positive(
            name,
            [0, 1].map(|index| extents.get(index).map_or(0.0, |&e| e as f32)),
        )
    };
    let shape = node.shape(0)?;
    let version = node.node().version;
    let (parsed, landmarks, subset) = match (version, &shape[..]) {
        (1, &[1, 1, 1, coordinates]) if map.integer("dimensions") == 3 => {
            let bbox_size_multiplier = map.float("bbox_size_multiplier");
            if bbox_size_multiplier == 0.0 {
                return Err(Reject::invalid("its bbox_size_multiplier is 0").into());
            }
            let [landmarks_range] = positive("landmarks_range", [map.float("landmarks_range")])?;
            let parsed = FirstVersion {
                input: extents("input_hw")?,
                output: extents("output_hw")?,
                landmarks_range,
                bbox_size_multiplier,
            };
            (Version::First(parsed), coordinates / 3, "subset")
        }
        (2, &[1, landmarks, 3]) => {
            let output = [map.float("output_height"), map.float("output_width")];
            let parsed = SecondVersion {
                target_rotation_radians: map.float("target_rotation_radians"),
                output: positive("output size", output)?,
                scale: positive("scale", [map.float("scale_x"), map.float("scale_y")])?,
            };
            (Version::Second(parsed), landmarks, "subset_idxs")
        }
        (1 | 2, _) => {
            let reason = format!("landmarks of shape {shape}, of three coordinates each");
            return Err(Reject::invalid(reason).into());
        }
        _ => {
            let reason = format!("version {version}; there are kernels of versions 1 and 2");
            return Err(Reject::unsupported(reason).into());
        }
    };
    let landmark = |index: i64| {
        let found = usize::try_from(index)
            .ok()
            .filter(|&index| index < landmarks);
        found.ok_or_else(|| OpError::rule(format!("landmark {index}, and it has {landmarks}")))
    };
    let subset = map.integers(subset).into_iter().map(landmark);
    let chosen = Chosen {
        left: landmark(map.integer("left_rotation_idx"))?,
        right: landmark(map.integer("right_rotation_idx"))?,
        subset: subset.collect::<Result<_, _>>()?,
    };
    if chosen.subset.is_empty() {
        return Err(Reject::invalid("no landmarks for the crop to hold").into());
    }
    Ok((parsed, chosen))
}

impl CustomKernel for LandmarksToTransformMatrix {
    fn name(&self) -> &str {
        "Landmarks2TransformMatrix"
    }

    fn output_shapes(&self, _: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        node.expect_counts(1..=1, 1..=1)?;
        Ok(vec![Shape::from([1, 4, 4])])
    }

    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
        node.expect_counts(1..=1, 1..=1)?;
        if [node.required(0)?.dtype, node.output(0).dtype] != [DataType::Float32; 2] {
            return Err(Unprepared::types(node));
        }
        let (version, chosen) = read(options, node)?;
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            let landmarks = io.input(0)?;
            let matrix = match &version {
                Version::First(parameters) => first_version(landmarks, &chosen, parameters),
                Version::Second(parameters) => second_version(landmarks, &chosen, parameters),
            };
            io.output()?.copy_from_slice(matrix.as_flattened());
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square from (10, 20) to (30, 40), whose upper edge is level.
    const SQUARE: [f32; 12] = [
        10.0, 20.0, 0.0, 30.0, 20.0, 0.0, 10.0, 40.0, 0.0, 30.0, 40.0, 0.0,
    ];

    fn corners() -> Chosen {
        Chosen {
            left: 0,
            right: 1,
            subset: vec![0, 1, 2, 3],
        }
    }

    fn apply(matrix: Matrix<4>, x: f32, y: f32) -> [f32; 2] {
        [0, 1].map(|row| matrix[row][0] * x + matrix[row][1] * y + matrix[row][3])
    }

    #[test]
    fn a_level_square_is_scaled_and_shifted() {
        let parameters = SecondVersion {
            target_rotation_radians: 0.0,
            output: [8.0, 4.0],
            scale: [1.0, 2.0],
        };
        let matrix = second_version(&SQUARE, &corners(), &parameters);
        assert_eq!(apply(matrix, 2.0, 4.0), [20.0, 30.0]);
        assert_eq!(apply(matrix, 0.0, 0.0), [10.0, 10.0]);
        assert_eq!(apply(matrix, 4.0, 8.0), [30.0, 50.0]);
    }

    #[test]
    fn a_quarter_turn_puts_the_line_upright() {
        let parameters = SecondVersion {
            target_rotation_radians: std::f32::consts::FRAC_PI_2,
            output: [2.0, 2.0],
            scale: [1.0, 1.0],
        };
        let matrix = second_version(&SQUARE, &corners(), &parameters);
        // The crop's upper left corner shows the image's lower left one.
        let [x, y] = apply(matrix, 0.0, 0.0);
        assert!(
            (x - 10.0).abs() < 1e-4 && (y - 40.0).abs() < 1e-4,
            "{x} {y}"
        );
    }

    #[test]
    fn corners_of_pixels_meet_in_the_first_version() {
        let parameters = FirstVersion {
            input: [101.0, 101.0],
            output: [11.0, 21.0],
            landmarks_range: 100.0,
            bbox_size_multiplier: 1.0,
        };
        let matrix = first_version(&SQUARE, &corners(), &parameters);
        for ([x, y], expected) in [
            ([0.0, 0.0], [10.0, 20.0]),
            ([20.0, 10.0], [30.0, 40.0]),
            ([10.0, 5.0], [20.0, 30.0]),
        ] {
            let place = apply(matrix, x, y);
            let off = |axis: usize| (place[axis] - expected[axis]).abs();
            assert!(off(0) < 1e-4 && off(1) < 1e-4, "{place:?}");
        }
        assert_eq!(matrix[2], [0.0, 0.0, 1.0, 0.0]);
    }
}
