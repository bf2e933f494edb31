using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Kernels that read at other places than their own, against the plainest formulas in double precision.</summary>
public class SamplingTests
{
    private const double Tolerance = 2e-5;

    private static readonly int[] s_inner = [1, 2, 3, 4, 8, 15, 16, 17, 33, 64];

    public static TheoryData<int, int, bool> Grids
    {
        get
        {
            var rows = new TheoryData<int, int, bool>();
            foreach (int taps in (int[])[1, 2, 4])
            {
                foreach (int padding in (int[])[0, 1, 2])
                {
                    rows.Add(taps, padding, false);
                    rows.Add(taps, padding, true);
                }
            }

            return rows;
        }
    }

    [Fact]
    public void Interpolate_AnyShape_IsTheWeightedSumOfNeighbours()
    {
        const int Length = 9;
        foreach (int taps in (int[])[1, 2, 3, 4, 9])
        {
            foreach (int inner in s_inner)
            {
                int[] starts = [0, -1, Length - taps, (Length - taps) / 2, 0];
                float[] weights = Samples.Floats(starts.Length * taps, taps, 2);
                weights[^1] = 0;
                float[] x = Samples.Floats(2 * Length * inner, inner);
                var y = new float[2 * starts.Length * inner];
                Resampling.Interpolate(2, Length, inner, starts, weights, 7, x, y);
                for (int i = 0; i < y.Length; i++)
                {
                    (int outer, int row, int column) = (i / inner / starts.Length, i / inner % starts.Length, i % inner);
                    double expected = starts[row] < 0 ? 7 : Enumerable.Range(0, taps).Sum(
                        k => (double)weights[(row * taps) + k] * x[(((outer * Length) + starts[row] + k) * inner) + column]);
                    Assert.InRange(y[i], expected - Tolerance, expected + Tolerance);
                }
            }
        }
    }

    /// <summary>Places from -1 to 4 of an axis of four elements: only those from the first to the last have neighbours.</summary>
    [Fact]
    public void Weighted_RegionBeyondTheInput_HasAValueOfItsOwnThere()
    {
        var starts = new int[11];
        var weights = new float[2 * starts.Length];
        ResizeTables.Weighted(
            new ResizeAxis(4, starts.Length, transformation: 6, reach: 1), 0, [1], 0, starts, weights, [-1 / 3f, 4 / 3f]);

        Assert.Equal([true, true, false, false, false, false, false, false, false, true, true], starts.Select(s => s == -1));
        Assert.All(Enumerable.Range(2, 7), i => Assert.Equal((i / 2.0) - 1, starts[i] + weights[(2 * i) + 1], 1e-5));
    }

    /// <summary>A region of which one element is made has it in its middle.</summary>
    [Fact]
    public void Weighted_OneElementOfARegion_IsItsMiddle()
    {
        var starts = new int[1];
        var weights = new float[2];
        ResizeTables.Weighted(new ResizeAxis(5, 1, transformation: 6, reach: 1), 0, [1], 0, starts, weights, [0.25f, 0.5f]);

        Assert.Equal(1.5, starts[0] + weights[1], 1e-6);
    }

    /// <summary>Near the edges a cubic filter has neighbours outside.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Weighted_NeighboursOutside_AreLeftOutOrTheEdgesOnceMore(bool excludes)
    {
        const float A = -0.75f;
        const int Length = 6;
        var axis = new ResizeAxis(Length, 12, transformation: 0, reach: 2, cubicCoefficient: A, excludeOutside: excludes);
        var starts = new int[12];
        var weights = new float[4 * starts.Length];
        ResizeTables.Weighted(axis, 0, [2], 0, starts, weights);
        for (int i = 0; i < starts.Length; i++)
        {
            double x = ((i + 0.5) / 2) - 0.5;
            var expected = new double[Length];
            for (int place = (int)Math.Floor(x) - 1; place <= Math.Floor(x) + 2; place++)
            {
                if (!excludes || place is >= 0 and < Length)
                {
                    expected[Math.Clamp(place, 0, Length - 1)] += Filter(Math.Abs(place - x));
                }
            }

            double total = expected.Sum();
            var actual = new double[Length];
            for (int k = 0; k < 4; k++)
            {
                actual[starts[i] + k] = weights[(4 * i) + k];
            }

            Assert.All(expected.Zip(actual), w => Assert.Equal(w.First / total, w.Second, 1e-6));
        }

        static double Filter(double d) => d <= 1
            ? ((A + 2) * d * d * d) - ((A + 3) * d * d) + 1
            : (A * d * d * d) - (5 * A * d * d) + (8 * A * d) - (4 * A);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Interpolate_WeightsOfZero_LeaveInfinityOut(int inner)
    {
        float[] x = [.. Enumerable.Repeat(2f, inner), .. Enumerable.Repeat(float.PositiveInfinity, inner)];
        var y = new float[2 * inner];
        Resampling.Interpolate(1, 2, inner, [0, 0], [0.5f, 0, 0, 0], 0, x, y);
        Assert.Equal([.. Enumerable.Repeat(1f, inner), .. new float[inner]], y);
    }

    [Fact]
    public void InterpolateCodes_AnyShape_IsTheRoundedSumOfNeighbours()
    {
        const int Length = 5;
        const float Multiplier = 0.7f;
        const float Offset = 12.3f;
        int[] starts = [0, -1, 3, 1];
        float[] weights = [0.25f, 0.75f, 0, 0, 1, 0, 0.4f, 0.6f];
        foreach (int inner in (int[])[1, 3, 17, 255, 256, 300])
        {
            byte[] codes = Samples.Codes(2 * Length * inner, inner);
            float[] reals = [.. codes.Select(c => (float)c)];
            var y = new byte[2 * starts.Length * inner];
            var fromReals = new byte[y.Length];
            var toReals = new float[y.Length];
            Resampling.InterpolateCodes<byte, byte>(2, Length, inner, starts, weights, 99.6f, Multiplier, Offset, codes, y);
            Resampling.InterpolateCodes<float, byte>(2, Length, inner, starts, weights, 99.6f, Multiplier, Offset, reals, fromReals);
            Resampling.InterpolateCodes<byte, float>(2, Length, inner, starts, weights, 99.6f, Multiplier, Offset, codes, toReals);
            Assert.Equal(y, fromReals);
            for (int i = 0; i < y.Length; i++)
            {
                (int outer, int row, int column) = (i / inner / starts.Length, i / inner % starts.Length, i % inner);
                double expected = starts[row] < 0 ? 99.6 : Enumerable.Range(0, 2).Sum(
                    k => (double)weights[(row * 2) + k] * codes[(((outer * Length) + starts[row] + k) * inner) + column] * Multiplier)
                    + Offset;
                Assert.InRange(toReals[i], expected - (10 * Tolerance), expected + (10 * Tolerance));
                Assert.InRange(y[i] - expected, -0.5001, 0.5001);
            }
        }

        Assert.Throws<ArgumentException>(
            () => Resampling.InterpolateCodes<byte, byte>(1, 5, 1, starts, weights, 0, 1, 0, new byte[4], new byte[4]));
        Assert.Throws<ArgumentException>(
            () => Resampling.InterpolateCodes<byte, byte>(1, 5, 1, starts, weights, 0, 1, 0, new byte[5], new byte[5]));
        Assert.Throws<ArgumentException>(
            () => Resampling.InterpolateCodes<byte, byte>(1, 5, 1, starts, weights.AsSpan(1), 0, 1, 0, new byte[5], new byte[4]));
    }

    [Fact]
    public void Interpolate_SpansOrTablesThatDoNotFit_Throw()
    {
        int[] starts = [0, 1];
        Assert.Throws<ArgumentException>(() => Resampling.Interpolate(1, 3, 1, starts, new float[3], 0, new float[3], new float[2]));
        Assert.Throws<ArgumentException>(() => Resampling.Interpolate(1, 3, 1, starts, new float[4], 0, new float[4], new float[2]));
        Assert.Throws<ArgumentException>(() => Resampling.Interpolate(1, 3, 1, starts, new float[4], 0, new float[3], new float[3]));
        Assert.ThrowsAny<ArgumentException>(() => Resampling.Interpolate(1, 2, 1, starts, new float[4], 0, new float[2], new float[2]));
        Assert.ThrowsAny<ArgumentException>(() => Resampling.Interpolate(1, 3, 1, [-2, 0], new float[4], 0, new float[3], new float[2]));
        Assert.ThrowsAny<ArgumentException>(() => Resampling.Interpolate(-1, 3, 1, starts, new float[4], 0, [], []));
    }

    [Fact]
    public void Folding_AnyWindows_IsTheSumOfWhatTheyHaveCutOut()
    {
        var random = new Random(3);
        for (int round = 0; round < 100; round++)
        {
            // Of more dimensions than three, two and more are walked through together.
            int rank = random.Next(1, 6);
            int[] Numbers(int least, int end) => [.. Enumerable.Range(0, rank).Select(_ => random.Next(least, end))];
            int[] block = Numbers(1, rank > 3 ? 3 : 4), windows = Numbers(1, rank > 3 ? 4 : 9), strides = Numbers(1, 4);
            int[] dilations = Numbers(1, 3), padding = Numbers(0, 4), image = Numbers(1, rank > 3 ? 7 : 20);

            // Lines of several registers and a rest.
            (windows[^1], image[^1]) = (random.Next(1, 40), random.Next(1, 40));
            int Count(int[] numbers) => numbers.Aggregate(1, (a, b) => a * b);
            int[] input = [.. Enumerable.Range(0, 2 * Count(block) * Count(windows)).Select(i => i + 1)];
            var expected = new int[2 * Count(image)];
            for (int i = 0; i < input.Length; i++)
            {
                int rest = i, pixel = 0, size = 1;
                bool isInside = true;
                int[] window = Split(windows);
                int[] tap = Split(block);
                for (int axis = rank - 1; axis >= 0; axis--)
                {
                    int place = (window[axis] * strides[axis]) + (tap[axis] * dilations[axis]) - padding[axis];
                    isInside &= place >= 0 && place < image[axis];
                    pixel += place * size;
                    size *= image[axis];
                }

                if (isInside)
                {
                    expected[(rest * size) + pixel] += input[i];
                }

                int[] Split(int[] dimensions)
                {
                    var position = new int[rank];
                    for (int axis = rank - 1; axis >= 0; axis--)
                    {
                        position[axis] = rest % dimensions[axis];
                        rest /= dimensions[axis];
                    }

                    return position;
                }
            }

            int[] output = [.. Enumerable.Repeat(77, expected.Length)];
            Folding.Columns<int>(2, image, block, windows, strides, dilations, padding, input, output);
            Assert.Equal(expected, output);
        }

        Assert.ThrowsAny<ArgumentException>(() => Folding.Columns<int>(1, [1], [1], [1], [0], [1], [0], new int[1], new int[1]));
    }

    [Theory]
    [MemberData(nameof(Grids))]
    public void GridSampling_ImagesAndVolumes_InterpolateAsTheFormulasSay(int taps, int padding, bool alignCorners)
    {
        foreach (int[] dimensions in (int[][])[[4, 5], [1, 3], [3, 4, 2]])
        {
            foreach (int channels in (int[])[1, 3, 17])
            {
                const int Points = 40;
                int axes = dimensions.Length;
                int pixels = dimensions.Aggregate(1, (a, b) => a * b);
                float[] x = Samples.Floats(2 * pixels * channels, channels, 2);
                float[] grid = Samples.Floats(2 * Points * axes, taps + padding, 3);
                var y = new float[2 * Points * channels];
                Sample(taps, dimensions, channels, Points, padding, alignCorners, x, grid, y);
                for (int i = 0; i < y.Length; i++)
                {
                    int point = i / channels;
                    double[] place = [.. Enumerable.Range(0, axes).Select(
                        a => Place(grid[(point * axes) + axes - 1 - a], dimensions[a], alignCorners))];
                    double expected = At(dimensions, place, 0, point / Points, (pixel, weight) =>
                        weight * x[(pixel * channels) + (i % channels)], taps, padding, alignCorners);
                    Assert.InRange(y[i], expected - Tolerance, expected + Tolerance);
                }
            }
        }
    }

    [Fact]
    public void GridSampling_PlacesThatAreNoNumbers_StayInsideTheirSpans()
    {
        float[] grid = [float.NaN, 0, float.PositiveInfinity, 0, float.NegativeInfinity, float.MaxValue, 1e20f, -1e20f];
        for (int padding = 0; padding <= 2; padding++)
        {
            var y = new float[4];
            GridSampling.Nearest(1, [3, 3], 1, 4, padding, false, new float[9], grid, y);
            GridSampling.Linear(1, [3, 3], 1, 4, padding, false, new float[9], grid, y);
            GridSampling.Cubic(1, [3, 3], 1, 4, padding, true, new float[9], grid, y);
        }
    }

    [Fact]
    public void GridSampling_ArgumentsThatDoNotFit_Throw()
    {
        var x = new float[8];
        var grid = new float[6];
        var y = new float[6];
        GridSampling.Linear(1, [2, 2], 2, 3, 0, false, x, grid, y);
        Assert.Throws<ArgumentException>(() => GridSampling.Linear(1, [2, 2], 2, 3, 0, false, x.AsSpan(1), grid, y));
        Assert.Throws<ArgumentException>(() => GridSampling.Linear(1, [2, 2], 2, 3, 0, false, x, grid.AsSpan(1), y));
        Assert.Throws<ArgumentException>(() => GridSampling.Linear(1, [2, 2], 2, 3, 0, false, x, grid, y.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => GridSampling.Linear(1, [4], 2, 3, 0, false, x, grid, y));
        Assert.ThrowsAny<ArgumentException>(() => GridSampling.Linear(1, [2, 2], 2, 3, 3, false, x, grid, y));
        Assert.ThrowsAny<ArgumentException>(() => GridSampling.Linear(1, [-2, -2], 2, 3, 0, false, x, grid, y));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void RegionAlignment_Regions_AreMeansAndMaximaOfInterpolatedPlaces(int samples, bool halfPixel)
    {
        const int Height = 6;
        const int Width = 5;
        const float Scale = 0.5f;
        float[] regions = [1, 2, 8.5f, 11, -3, 0, 30, 9, 4, 4.25f, 5, 5];
        long[] images = [1, 0, 1];
        foreach (int channels in (int[])[1, 4, 19])
        {
            float[] x = Samples.Floats(2 * Height * Width * channels, channels, 2);
            var means = new float[3 * 2 * 3 * channels];
            var maxima = new float[means.Length];
            RegionAlignment.Average(2, Height, Width, channels, 3, 2, 3, samples, Scale, halfPixel, x, regions, images, means);
            RegionAlignment.Maximum(2, Height, Width, channels, 3, 2, 3, samples, Scale, halfPixel, x, regions, images, maxima);
            for (int i = 0; i < means.Length; i++)
            {
                int bin = i / channels;
                int region = bin / 6;
                int image = (int)images[region] * Height * Width;
                double[][] products = [.. Products(region, bin % 6 / 3, bin % 3).Select(
                    place => place.Select(p => p.Weight * x[((image + p.Pixel) * channels) + (i % channels)]).ToArray())];
                double mean = products.Length == 0 ? 0 : products.Average(p => p.Sum());
                double maximum = products.Length == 0 ? 0 : products.Max(p => p.DefaultIfEmpty().Max());
                Assert.InRange(means[i], mean - Tolerance, mean + Tolerance);
                Assert.InRange(maxima[i], maximum - Tolerance, maximum + Tolerance);
            }
        }

        // The neighbours of each place in a bin; none where it lies outside.
        IEnumerable<(int Pixel, double Weight)[]> Products(int region, int binRow, int binColumn)
        {
            double offset = halfPixel ? 0.5 : 0;
            double[] edges = [.. Enumerable.Range(0, 4).Select(k => (regions[(region * 4) + k] * Scale) - offset)];
            double height = (halfPixel ? edges[3] - edges[1] : Math.Max(edges[3] - edges[1], 1)) / 2;
            double width = (halfPixel ? edges[2] - edges[0] : Math.Max(edges[2] - edges[0], 1)) / 3;
            int rows = samples > 0 ? samples : (int)Math.Ceiling(height);
            int columns = samples > 0 ? samples : (int)Math.Ceiling(width);
            for (int place = 0; place < rows * columns; place++)
            {
                double y = edges[1] + (binRow * height) + (((place / columns) + 0.5) * height / rows);
                double x = edges[0] + (binColumn * width) + (((place % columns) + 0.5) * width / columns);
                bool isOutside = y < -1 || y > Height || x < -1 || x > Width;
                y = Math.Clamp(y, 0, Height - 1);
                x = Math.Clamp(x, 0, Width - 1);
                (int top, int left) = ((int)y, (int)x);
                (int bottom, int right) = (Math.Min(top + 1, Height - 1), Math.Min(left + 1, Width - 1));
                yield return isOutside ? [] :
                [
                    ((top * Width) + left, (1 - (y - top)) * (1 - (x - left))), ((top * Width) + right, (1 - (y - top)) * (x - left)),
                    ((bottom * Width) + left, (y - top) * (1 - (x - left))), ((bottom * Width) + right, (y - top) * (x - left)),
                ];
            }
        }
    }

    [Theory]
    [InlineData(-1e9f, 1e9f, false)]
    [InlineData(-1e9f, 1e30f, true)]
    [InlineData(float.NegativeInfinity, float.PositiveInfinity, false)]
    [InlineData(float.NaN, 5, true)]
    [InlineData(9, 1, true)]
    public void RegionAlignment_RegionThatDataMakesHuge_TakesNoLongerThanTheImage(float first, float last, bool halfPixel)
    {
        float[] image = Samples.Floats(6 * 6, 3);
        float[] means = new float[4];
        float[] maxima = new float[4];

        RegionAlignment.Average(1, 6, 6, 1, 1, 2, 2, 0, 1, halfPixel, image, [first, first, last, last], [0], means);
        RegionAlignment.Maximum(1, 6, 6, 1, 1, 2, 2, 0, 1, halfPixel, image, [first, first, last, last], [0], maxima);

        Assert.All(means, m => Assert.Equal(0, m, 1e-6f));
        Assert.All(maxima, m => Assert.InRange(m, 0, image.Max()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RegionAlignment_PlacesInAndOutsideTheImage_AreThoseOfAWalk(bool falls)
    {
        // A ramp, so that interpolation gives the coordinate back: only places in [-1, 6] count, and those before 0 as 0, beyond 5 as 5.
        float[] image = [.. Enumerable.Range(0, 36).Select(i => (float)(i % 6))];
        float[] mean = new float[1];
        (float first, float last) = falls ? (20.5f, -9.5f) : (-9.5f, 20.5f);
        RegionAlignment.Average(1, 6, 6, 1, 1, 1, 1, 60, 1, true, image, [first, 0.5f, last, 5.5f], [0], mean);

        double[] places = [.. Enumerable.Range(0, 60).Select(i => first - 0.5 + ((i + 0.5) * (last - first) / 60))];
        double expected = places.Where(p => p is >= -1 and <= 6).Sum(p => Math.Clamp(p, 0, 5)) / 60;
        Assert.Equal(expected, mean[0], 1e-4);
    }

    /// <summary>A bin of one place in the middle of the region, half an element before the coordinates' own.</summary>
    [Theory]
    [InlineData(-1.5f, 0.5f, 1)]
    [InlineData(0.5f, -1.5f, 1)]
    [InlineData(-1.75f, 0.5f, 0)]
    [InlineData(5.5f, 7.5f, 6)]
    [InlineData(7.5f, 5.5f, 6)]
    [InlineData(5.75f, 7.5f, 0)]
    [InlineData(7.75f, 7.75f, 0)]
    [InlineData(-1.75f, -1.75f, 0)]
    [InlineData(3.5f, 3.5f, 4)]
    public void RegionAlignment_PlaceOneElementOutside_CountsAsTheEdge(float first, float last, float expected)
    {
        float[] ramp = [.. Enumerable.Range(0, 36).Select(i => (float)((i % 6) + 1))];
        float[] transposed = [.. Enumerable.Range(0, 36).Select(i => (float)((i / 6) + 1))];
        float[] across = new float[1];
        float[] down = new float[1];

        RegionAlignment.Average(1, 6, 6, 1, 1, 1, 1, 1, 1, true, ramp, [first, 0.5f, last, 2.5f], [0], across);
        RegionAlignment.Average(1, 6, 6, 1, 1, 1, 1, 1, 1, true, transposed, [0.5f, first, 2.5f, last], [0], down);

        Assert.Equal([expected, expected], [across[0], down[0]]);
    }

    [Fact]
    public void RegionAlignment_ArgumentsThatDoNotFit_Throw()
    {
        var x = new float[8];
        var regions = new float[4];
        var y = new float[2];
        RegionAlignment.Average(1, 2, 2, 2, 1, 1, 1, 2, 1, true, x, regions, [0], y);
        Assert.Throws<ArgumentException>(() => RegionAlignment.Average(1, 2, 2, 2, 1, 1, 1, 2, 1, true, x.AsSpan(1), regions, [0], y));
        Assert.Throws<ArgumentException>(() => RegionAlignment.Average(1, 2, 2, 2, 1, 1, 1, 2, 1, true, x, regions.AsSpan(1), [0], y));
        Assert.Throws<ArgumentException>(() => RegionAlignment.Maximum(1, 2, 2, 2, 1, 1, 1, 2, 1, true, x, regions, [0, 0], y));
        Assert.Throws<ArgumentException>(() => RegionAlignment.Maximum(1, 2, 2, 2, 1, 1, 1, 2, 1, true, x, regions, [0], y.AsSpan(1)));
        Assert.ThrowsAny<ArgumentException>(() => RegionAlignment.Average(1, 2, 2, 2, 1, 1, 1, 2, 1, true, x, regions, [1], y));
        Assert.ThrowsAny<ArgumentException>(() => RegionAlignment.Average(1, 2, 2, 2, 1, 1, 1, 2, 1, true, x, regions, [-1], y));
    }

    [Fact]
    public void RegionPooling_Regions_AreTheMaximaOfTheirBins()
    {
        const int Channels = 18;
        float[] x = Samples.Floats(2 * 6 * 5 * Channels, 1);

        // Rows 1 to 4 and columns 1 to 3 of the second image: bins of rows 1, 2 and 3, 4; columns 1, 2 and 2, 3. Then nothing of the first.
        float[] regions = [1, 1, 1, 3, 4, 0, 20, 20, 30, 30];
        var y = new float[2 * 2 * 2 * Channels];
        RegionPooling.Maximum(2, 6, 5, Channels, 2, 2, 2, 1, x, regions, y);
        for (int i = 0; i < 4 * Channels; i++)
        {
            (int top, int left, int channel) = (1 + (i / Channels / 2 * 2), 1 + (i / Channels % 2), i % Channels);
            Assert.Equal(new[] { At(top, left), At(top, left + 1), At(top + 1, left), At(top + 1, left + 1) }.Max(), y[i]);

            float At(int row, int column) => x[((((6 + row) * 5) + column) * Channels) + channel];
        }

        Assert.All(y[(4 * Channels)..], v => Assert.Equal(0, v));
        Assert.ThrowsAny<ArgumentException>(() => RegionPooling.Maximum(1, 12, 5, Channels, 2, 2, 2, 1, x, regions, y));
        Assert.Throws<ArgumentException>(() => RegionPooling.Maximum(2, 6, 5, Channels, 2, 2, 2, 1, x, regions, y.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => RegionPooling.Maximum(2, 6, 5, Channels, 2, 2, 2, 1, x, regions.AsSpan(1), y));
        Assert.Throws<ArgumentException>(() => RegionPooling.Maximum(2, 6, 5, Channels, 2, 2, 2, 1, x.AsSpan(1), regions, y));
    }

    [Fact]
    public void Unpooling_Indices_PutElementsAmongZeros()
    {
        int[] y = [9, 9, 9, 9, 9];
        Unpooling.Maximum<int>([3, 0, 3], [1, 2, 3], y);
        Assert.Equal([2, 0, 0, 3, 0], y);
        Assert.ThrowsAny<ArgumentException>(() => Unpooling.Maximum<int>([5], [1], y));
        Assert.ThrowsAny<ArgumentException>(() => Unpooling.Maximum<int>([-1], [1], y));
        Assert.Throws<ArgumentException>(() => Unpooling.Maximum<int>([0, 1], [1], y));
    }

    [Fact]
    public void Folding_Columns_AreSummedUpWhereTheyWereCutOut()
    {
        int[] image = [5, 6];
        int[] block = [2, 3];
        int[] windows = [2, 4];
        int[] strides = [2, 1];
        int[] dilations = [2, 1];
        int[] padding = [1, 0];
        float[] x = Samples.Floats(2 * 6 * 8, 1);
        var expected = new double[2 * 30];
        for (int i = 0; i < x.Length; i++)
        {
            (int plane, int tap, int window) = (i / 48, i / 8 % 6, i % 8);
            int row = (window / 4 * 2) + (tap / 3 * 2) - 1;
            int column = (window % 4) + (tap % 3);
            if (row is >= 0 and < 5)
            {
                expected[(plane * 30) + (row * 6) + column] += x[i];
            }
        }

        var y = new float[expected.Length];
        Folding.Columns<float>(2, image, block, windows, strides, dilations, padding, x, y);
        Assert.All(y.Zip(expected), p => Assert.InRange(p.First, p.Second - Tolerance, p.Second + Tolerance));
        Assert.Throws<ArgumentException>(
            () => Folding.Columns<float>(2, image, block, windows, strides, dilations, padding, x.AsSpan(1), y));
        Assert.Throws<ArgumentException>(
            () => Folding.Columns<float>(2, image, block, windows, strides, dilations, padding, x, y.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => Folding.Columns<float>(2, image, block, windows, [1], dilations, padding, x, y));
        Assert.ThrowsAny<ArgumentException>(() => Folding.Columns<float>(2, image, block, windows, [-1, 1], dilations, padding, x, y));
        Assert.Throws<ArgumentException>(() => Folding.Columns<float>(1, [], [], [], [], [], [], [], []));
    }

    private static void Sample(
        int taps, int[] dimensions, int channels, int points, int padding, bool alignCorners, float[] x, float[] grid, float[] y)
    {
        switch (taps)
        {
            case 1:
                GridSampling.Nearest(2, dimensions, channels, points, padding, alignCorners, x, grid, y);
                break;
            case 2:
                GridSampling.Linear(2, dimensions, channels, points, padding, alignCorners, x, grid, y);
                break;
            default:
                GridSampling.Cubic(2, dimensions, channels, points, padding, alignCorners, x, grid, y);
                break;
        }
    }

    private static double Place(float coordinate, int length, bool alignCorners) =>
        alignCorners ? (coordinate + 1) / 2 * (length - 1) : (((coordinate + 1) * length) - 1) / 2;

    /// <summary>Interpolates along one axis what interpolating along the others gives.</summary>
    private static double At(
        int[] dimensions, double[] place, int axis, int pixel, Func<int, double, double> element, int taps, int padding,
        bool alignCorners)
    {
        if (axis == dimensions.Length)
        {
            return element(pixel, 1);
        }

        double x = place[axis];
        int first = (int)(taps == 1 ? Math.Round(x) : Math.Floor(x)) - (taps == 4 ? 1 : 0);
        double sum = 0;
        for (int i = 0; i < taps; i++)
        {
            if (Inside(first + i, dimensions[axis], padding, alignCorners) is { } inside)
            {
                double weight = taps == 1 ? 1 : taps == 2 ? 1 - Math.Abs(x - first - i) : Cubic(Math.Abs(x - first - i));
                sum += weight * At(
                    dimensions, place, axis + 1, (pixel * dimensions[axis]) + inside, element, taps, padding, alignCorners);
            }
        }

        return sum;
    }

    private static int? Inside(int index, int length, int padding, bool alignCorners)
    {
        if (padding == 0)
        {
            return index >= 0 && index < length ? index : null;
        }

        if (padding == 1 || (alignCorners && length == 1))
        {
            return Math.Clamp(index, 0, length - 1);
        }

        while (index < 0 || index >= length)
        {
            int edge = alignCorners ? 0 : 1;
            index = index < 0 ? -index - edge : (2 * (length - 1)) - index + edge;
        }

        return index;
    }

    private static double Cubic(double x) => x <= 1
        ? (1.25 * x * x * x) - (2.25 * x * x) + 1
        : (-0.75 * x * x * x) + (3.75 * x * x) - (6 * x) + 3;

    /// <summary>Of a bin that lies across an edge, the maximum of what is inside.</summary>
    [Theory]
    [InlineData(-3, -2, 2, 3)]
    [InlineData(2, 1, 9, 7)]
    [InlineData(-2, -2, 8, 8)]
    [InlineData(-9, 0, -4, 3)]
    public void RegionPooling_RegionAcrossTheEdges_TakesWhatIsInside(int left, int top, int right, int bottom)
    {
        float[] x = Samples.Floats(2 * 4 * 5, 1);
        var y = new float[2];

        RegionPooling.Maximum(2, 4, 5, 1, 1, 1, 2, 1, x, [1, left, top, right, bottom], y);

        float width = (right - left + 1) / 2f;
        for (int bin = 0; bin < 2; bin++)
        {
            float expected = float.NegativeInfinity;
            for (int row = Math.Max(top, 0); row <= Math.Min(bottom, 3); row++)
            {
                int end = left + (int)MathF.Ceiling((bin + 1) * width);
                for (int column = Math.Max(left + (int)MathF.Floor(bin * width), 0); column < Math.Min(end, 5); column++)
                {
                    expected = Math.Max(expected, x[((4 + row) * 5) + column]);
                }
            }

            Assert.Equal(float.IsInfinity(expected) ? 0 : expected, y[bin]);
        }
    }

    /// <summary>Columns 0.5 to 2.5 of the image are 1 to 3: halves go away from zero.</summary>
    [Fact]
    public void RegionPooling_EdgesHalfWayBetweenPixels_GoOutwards()
    {
        var y = new float[1];
        RegionPooling.Maximum(1, 1, 6, 1, 1, 1, 1, 0.5f, [9, 1, 2, 3, 8, 8], [0, 1, 0, 5, 0], y);
        Assert.Equal(3, y[0]);
    }
}
