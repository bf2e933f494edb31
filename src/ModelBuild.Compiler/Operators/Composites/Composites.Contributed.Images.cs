using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Parts of images in one size, as TensorFlow cuts them out.</content>
internal static partial class Composites
{
    /// <summary>
    /// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.CropAndResize. The corners of a box, in
    /// parts of the image, are where the corners of the result are read. The pixels around each place are gathered with all their channels.
    /// </summary>
    private static Value[] CropAndResize(Expansion e)
    {
        Value image = e.Input(0);
        Value boxes = e.Input(1);
        Value images = e.Cast(e.Input(2), DataType.Int64);
        long[] size = e.Context.Constants(e.Node, 3, "crop size")!;
        if (image.KnownShape.Rank != 4 || boxes.KnownShape is not [_, { IsConstant: true, Value: 4 }] || images.KnownShape.Rank != 1
            || image.Type != boxes.Type || size is not [>= 1 and <= int.MaxValue, >= 1 and <= int.MaxValue])
        {
            throw e.Context.Malformed(
                e.Node, $"cuts boxes {boxes.Type}{boxes.Shape} of {image.Type}{image.Shape} in size [{string.Join(",", size)}].");
        }

        (Value Place, Value IsInside) rows = Places(0);
        (Value Place, Value IsInside) columns = Places(1);
        Value pixels = e.Transpose(image, 0, 2, 3, 1);
        Value y = e.Node.Text("mode", "bilinear") switch
        {
            "bilinear" => Interpolated(),
            "nearest" => Pixels(Nearest(rows.Place), Nearest(columns.Place)),
            string mode => throw e.Context.Malformed(e.Node, $"has mode '{mode}'."),
        };
        Value isInside = e.Apply("And", [Across(rows.IsInside, 2), Across(columns.IsInside, 1)]);
        Value outside = e.Number(e.Node.Float("extrapolation_value", 0), y);
        return [e.Transpose(e.Apply("Where", [e.Apply("Unsqueeze", [isInside, e.Integers(3)]), y, outside]), 0, 3, 1, 2)];

        // [boxes, size]: where along an axis is read, and whether that is inside of the image. What is outside reads place 0, for nothing.
        (Value Place, Value IsInside) Places(int axis)
        {
            Value first = Corner(axis);
            Value last = Corner(axis + 2);
            Value range = e.Subtract(e.Cast(SizeOf(e, image, axis + 2), boxes.Type), e.Number(1, boxes));
            Value place;
            if (size[axis] == 1)
            {
                place = e.Multiply(e.Multiply(e.Add(first, last), e.Number(0.5, boxes)), range);
            }
            else
            {
                // The last corner is met exactly.
                long steps = size[axis] - 1;
                Value step = e.Divide(e.Multiply(e.Subtract(last, first), range), e.Number(steps, boxes));
                double[] numbers = [.. Enumerable.Range(0, (int)steps).Select(i => (double)i)];
                Value counts = e.Constant(Tensor.FromDoubles(boxes.Type, numbers, steps));
                place = e.Apply(
                    "Concat", [e.Add(e.Multiply(first, range), e.Multiply(counts, step)), e.Multiply(last, range)], ("axis", 1L));
            }

            Value zero = e.Number(0, place);
            Value isInside = e.Apply(
                "And", [e.Apply("GreaterOrEqual", [place, zero]), e.Apply("LessOrEqual", [place, range])]);
            return (e.Apply("Where", [isInside, place, zero]), isInside);
        }

        Value Corner(long column) =>
            e.Apply("Slice", [boxes, e.Integers(column), e.Integers(column + 1), e.Integers(1)]);

        Value Interpolated()
        {
            (Value top, Value bottom) = (e.Apply("Floor", [rows.Place]), e.Apply("Ceil", [rows.Place]));
            (Value left, Value right) = (e.Apply("Floor", [columns.Place]), e.Apply("Ceil", [columns.Place]));
            Value across = Part(columns.Place, left, 1);
            return Between(
                Between(Pixels(top, left), Pixels(top, right), across), Between(Pixels(bottom, left), Pixels(bottom, right), across),
                Part(rows.Place, top, 2));
        }

        Value Between(Value a, Value b, Value part) => e.Add(a, e.Multiply(e.Subtract(b, a), part));

        Value Part(Value place, Value low, long axis) =>
            e.Apply("Unsqueeze", [Across(e.Subtract(place, low), axis), e.Integers(3)]);

        // Halves go up, and what is just below one does not.
        Value Nearest(Value place)
        {
            Value low = e.Apply("Floor", [place]);
            Value isUp = e.Apply("GreaterOrEqual", [e.Subtract(place, low), e.Number(0.5, place)]);
            return e.Apply("Where", [isUp, e.Add(low, e.Number(1, low)), low]);
        }

        Value Across(Value ofAxis, long axis) => e.Apply("Unsqueeze", [ofAxis, e.Integers(axis)]);

        // [boxes, height, width, channels].
        Value Pixels(Value row, Value column)
        {
            Dimension[] shape = [boxes.KnownShape[0], size[0], size[1], 1];
            Value[] indices =
            [
                e.Apply("Unsqueeze", [images, e.Integers(1, 2, 3)]), e.Apply("Unsqueeze", [e.Cast(row, DataType.Int64), e.Integers(2, 3)]),
                e.Apply("Unsqueeze", [e.Cast(column, DataType.Int64), e.Integers(1, 3)]),
            ];
            return e.Apply(
                "GatherND", [pixels, e.Apply("Concat", [.. indices.Select(i => e.Expand(i, new Shape(shape)))], ("axis", 3L))]);
        }
    }
}
