//! Values that a network gives for the blocks of an image.

/// A point, in blocks or in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// Down.
    pub y: f32,
    /// To the right.
    pub x: f32,
}

impl Point {
    /// The square of the distance to another point.
    pub fn squared_distance(self, other: Point) -> f32 {
        let (dy, dx) = (other.y - self.y, other.x - self.x);
        dy * dy + dx * dx
    }

    /// The point times a factor.
    pub fn scaled(self, factor: f32) -> Point {
        Point {
            y: self.y * factor,
            x: self.x * factor,
        }
    }
}

/// `[height, width, channels]`, of at least one row and column.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Rows of blocks.
    pub height: usize,
    /// Columns of blocks.
    pub width: usize,
    /// Values of a block.
    pub channels: usize,
    /// The values, row by row.
    pub values: &'a [f32],
}

/// The indices on both sides of a coordinate, and the share of the second.
fn neighbours(coordinate: f32, length: usize) -> (usize, usize, f32) {
    let inside = coordinate.clamp(0.0, length as f32 - 1.0);
    let floor = inside.floor() as usize;
    (floor, inside.ceil() as usize, coordinate - floor as f32)
}

impl Field<'_> {
    /// A value of a block.
    pub fn value(&self, row: usize, column: usize, channel: usize) -> f32 {
        self.values[(row * self.width + column) * self.channels + channel]
    }

    /// A value between blocks.
    pub fn sample(&self, point: Point, channel: usize) -> f32 {
        let (top, bottom, lower) = neighbours(point.y, self.height);
        let (left, right, share) = neighbours(point.x, self.width);
        let row = |row| {
            (1.0 - share) * self.value(row, left, channel) + share * self.value(row, right, channel)
        };
        (1.0 - lower) * row(top) + lower * row(bottom)
    }

    /// A point moved by the offsets in two channels, and kept within the blocks.
    pub fn follow(&self, point: Point, [y, x]: [usize; 2]) -> Point {
        Point {
            y: self.inside_height(point.y + self.sample(point, y)),
            x: self.inside_width(point.x + self.sample(point, x)),
        }
    }

    /// A row that there is.
    pub fn inside_height(&self, y: f32) -> f32 {
        y.clamp(0.0, self.height as f32 - 1.0)
    }

    /// A column that there is.
    pub fn inside_width(&self, x: f32) -> f32 {
        x.clamp(0.0, self.width as f32 - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_between_blocks_are_mixed() {
        let field = Field {
            height: 2,
            width: 2,
            channels: 1,
            values: &[0.0, 4.0, 8.0, 12.0],
        };
        assert_eq!(field.sample(Point { y: 0.5, x: 0.25 }, 0), 5.0);
        assert_eq!(field.sample(Point { y: 1.0, x: 1.0 }, 0), 12.0);
        let moved = field.follow(Point { y: 0.0, x: 1.0 }, [0, 0]);
        assert_eq!(moved, Point { y: 1.0, x: 1.0 });
    }
}
