using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Lowering;

/// <summary>Which elements of the input an element of a Resize's result is made of, along one axis: worked out once, at build.</summary>
internal static class ResizeTables
{
    /// <summary>The nearest element for each of the result.</summary>
    public static int[] Nearest(Node node, ResizedAxis axis) => [.. Coordinates(node, axis).Select(x => Nearest(node, axis, x))];

    /// <summary>
    /// For each element of the result as many neighbours of the input as <c>Taps</c> says, from <c>Starts[i]</c> on, and what they are
    /// multiplied by before they are summed up. A start of −1 stands for a place outside the input.
    /// </summary>
    public static (int Taps, int[] Starts, float[] Weights) Weighted(Node node, ResizedAxis axis)
    {
        // At the edges the neighbours that are missing are the edge's element once more, so weights may meet there.
        (int First, double[] Weights)?[] rows =
            [.. Coordinates(node, axis).Select<float, (int, double[])?>(x => IsOutside(node, axis, x) ? null : Row(node, axis, x))];
        int taps = rows.Select(r => r?.Weights.Length ?? 1).DefaultIfEmpty(1).Max();
        var starts = new int[rows.Length];
        var weights = new float[rows.Length * taps];
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] is not var (first, row))
            {
                starts[i] = -1;
                continue;
            }

            // All windows are as wide as the widest; those at the end begin earlier.
            starts[i] = int.Min(first, axis.Length - taps);
            for (int j = 0; j < row.Length; j++)
            {
                weights[(i * taps) + first - starts[i] + j] = (float)row[j];
            }
        }

        return (taps, starts, weights);
    }

    private static IEnumerable<float> Coordinates(Node node, ResizedAxis axis)
    {
        string mode = node.Text("coordinate_transformation_mode", "half_pixel");
        return Enumerable.Range(0, axis.Result).Select(i => axis.Coordinate(i, mode));
    }

    private static bool IsOutside(Node node, ResizedAxis axis, float x) => Resize.Extrapolates(node) && (x < 0 || x > axis.Length - 1);

    private static int Nearest(Node node, ResizedAxis axis, float x)
    {
        float nearest = node.Text("nearest_mode", "round_prefer_floor") switch
        {
            "floor" => MathF.Floor(x),
            "ceil" => MathF.Ceiling(x),
            "round_prefer_ceil" => MathF.Floor(x + 0.5f),
            _ => MathF.Ceiling(x - 0.5f),
        };
        return int.Clamp((int)nearest, 0, axis.Length - 1);
    }

    /// <summary>The elements that count for a coordinate, from the first to the last that has a weight.</summary>
    private static (int First, double[] Weights) Row(Node node, ResizedAxis axis, float x)
    {
        int last = axis.Length - 1;
        if (Resize.IsNearest(node))
        {
            return (Nearest(node, axis, x), [1]);
        }

        bool isCubic = node.Text("mode") == "cubic";
        double a = node.Float("cubic_coeff_a", -0.75f);
        double scale = node.Int("antialias") != 0 ? Math.Min(axis.Scale, 1.0) : 1;
        int floor = (int)MathF.Floor(x);
        int reach = (int)Math.Ceiling((isCubic ? 2 : 1) / scale);
        var sums = new SortedDictionary<int, double>();
        double total = 0;
        for (int place = floor - reach + 1; place <= floor + reach; place++)
        {
            double distance = Math.Abs(place - (double)x) * scale;
            double weight = isCubic ? Cubic(distance, a) : Math.Max(0, 1 - distance);
            if (weight == 0 || (node.Int("exclude_outside") != 0 && (place < 0 || place > last)))
            {
                continue;
            }

            total += weight;
            int clamped = int.Clamp(place, 0, last);
            sums[clamped] = sums.GetValueOrDefault(clamped) + weight;
        }

        // Without neighbours left out and without a wider filter, the weights have the sum 1 already.
        if (node.Int("exclude_outside") == 0 && scale == 1)
        {
            total = 1;
        }

        int first = sums.Keys.First();
        var weights = new double[sums.Keys.Last() - first + 1];
        foreach ((int place, double weight) in sums)
        {
            weights[place - first] = weight / total;
        }

        return (first, weights);
    }

    /// <summary>Cubic convolution (Keys, 1981) of a distance.</summary>
    private static double Cubic(double x, double a) =>
        x <= 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1
        : x < 2 ? ((((a * x) - (5 * a)) * x) + (8 * a)) * x - (4 * a)
        : 0;
}
