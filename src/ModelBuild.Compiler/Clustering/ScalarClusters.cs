namespace ModelBuild.Compiler.Clustering;

/// <summary>
/// k-means of numbers: centres for which the sum of weighted squared distances is least. Numbers lie on a line, so that clusters are ranges
/// of it and the best ones can be found by dynamic programming; where there are very many numbers, that is done for small ranges of them,
/// and Lloyd's steps with all numbers make the result exact.
/// </summary>
internal sealed class ScalarClusters
{
    /// <summary>Numbers, or small ranges of them, that are looked at for the best clusters.</summary>
    private const int Cells = 2048;

    private const int MostSteps = 200;

    /// <summary>Ascending, each once.</summary>
    private readonly double[] _values;

    /// <summary>Sums up to a value of weights, of weights times values, and of weights times squares.</summary>
    private readonly double[] _weights;
    private readonly double[] _products;
    private readonly double[] _squares;

    private ScalarClusters(double[] values, double[] weights)
    {
        _values = values;
        _weights = new double[values.Length + 1];
        _products = new double[values.Length + 1];
        _squares = new double[values.Length + 1];
        for (int i = 0; i < values.Length; i++)
        {
            _weights[i + 1] = _weights[i] + weights[i];
            _products[i + 1] = _products[i] + (weights[i] * values[i]);
            _squares[i + 1] = _squares[i] + (weights[i] * values[i] * values[i]);
        }
    }

    /// <summary>The centres, ascending; all numbers where there are no more than asked for.</summary>
    /// <param name="numbers">Finite.</param>
    /// <param name="importance">Of each, above 0; null where all are alike.</param>
    /// <param name="count">How many centres; at least 1.</param>
    public static float[] Of(ReadOnlySpan<float> numbers, float[]? importance, int count)
    {
        float[] sorted = numbers.ToArray();
        float[] weights = importance is null ? [.. Enumerable.Repeat(1f, sorted.Length)] : (float[])importance.Clone();
        Array.Sort(sorted, weights);
        var values = new List<double>();
        var sums = new List<double>();
        for (int i = 0; i < sorted.Length; i++)
        {
            if (values.Count == 0 || values[^1] != sorted[i])
            {
                values.Add(sorted[i]);
                sums.Add(0);
            }

            sums[^1] += weights[i];
        }

        if (values.Count <= count)
        {
            return [.. values.Select(v => (float)v)];
        }

        var clusters = new ScalarClusters([.. values], [.. sums]);
        int[] cells = clusters.Split();
        int[] bounds = clusters.Refine(clusters.Best(cells, count));
        return [.. bounds.Zip(bounds.Skip(1), (from, to) => (float)clusters.Mean(from, to))];
    }

    /// <summary>The nearest of ascending centres.</summary>
    public static int Nearest(float[] centres, float value)
    {
        int index = Array.BinarySearch(centres, value);
        if (index >= 0)
        {
            return index;
        }

        index = ~index;
        return index == 0 ? 0 : index == centres.Length ? index - 1
            : (double)value - centres[index - 1] <= (double)centres[index] - value ? index - 1 : index;
    }

    /// <summary>Bounds of the cells: half of them hold as many values each, half are as wide each.</summary>
    private int[] Split()
    {
        int count = _values.Length;
        if (count <= Cells)
        {
            return [.. Enumerable.Range(0, count + 1)];
        }

        var bounds = new SortedSet<int> { 0, count };
        double width = (_values[^1] - _values[0]) / (Cells / 2);
        for (int i = 1; i < Cells / 2; i++)
        {
            bounds.Add((int)((long)count * i / (Cells / 2)));
            int place = Array.BinarySearch(_values, _values[0] + (width * i));
            bounds.Add(place < 0 ? ~place : place);
        }

        return [.. bounds];
    }

    /// <summary>
    /// The best clusters of cells. The best beginning of the last cluster moves right with its end, so that each half of the ends needs to
    /// look at a part of the beginnings only.
    /// </summary>
    private int[] Best(int[] cells, int count)
    {
        int ends = cells.Length;
        double[] cost = [.. cells.Select(c => Cost(0, c))];
        int[][] begins = new int[count][];
        for (int cluster = 1; cluster < count; cluster++)
        {
            double[] next = new double[ends];
            begins[cluster] = new int[ends];
            Fill(cluster + 1, ends - 1, cluster, ends - 1);
            cost = next;

            void Fill(int low, int high, int first, int last)
            {
                if (low > high)
                {
                    return;
                }

                int end = (low + high) / 2;
                next[end] = double.PositiveInfinity;
                for (int begin = first; begin <= Math.Min(last, end - 1); begin++)
                {
                    double sum = cost[begin] + Cost(cells[begin], cells[end]);
                    if (sum < next[end])
                    {
                        (next[end], begins[cluster][end]) = (sum, begin);
                    }
                }

                Fill(low, end - 1, first, begins[cluster][end]);
                Fill(end + 1, high, begins[cluster][end], last);
            }
        }

        int[] bounds = new int[count + 1];
        int place = ends - 1;
        bounds[count] = cells[place];
        for (int cluster = count - 1; cluster >= 1; cluster--)
        {
            place = begins[cluster][place];
            bounds[cluster] = cells[place];
        }

        return bounds;
    }

    /// <summary>Lloyd's steps: bounds lie in the middle between the means of the clusters.</summary>
    private int[] Refine(int[] bounds)
    {
        for (int step = 0; step < MostSteps; step++)
        {
            int[] next = (int[])bounds.Clone();
            for (int i = 1; i < bounds.Length - 1; i++)
            {
                double middle = (Mean(bounds[i - 1], bounds[i]) + Mean(bounds[i], bounds[i + 1])) / 2;
                int place = Array.BinarySearch(_values, middle);

                // No cluster is ever empty.
                next[i] = Math.Clamp(place < 0 ? ~place : place + 1, next[i - 1] + 1, _values.Length - (bounds.Length - 1 - i));
            }

            if (next.AsSpan().SequenceEqual(bounds) || Total(next) >= Total(bounds))
            {
                break;
            }

            bounds = next;
        }

        return bounds;
    }

    private double Total(int[] bounds) => bounds.Zip(bounds.Skip(1), Cost).Sum();

    private double Mean(int from, int to)
    {
        double weight = _weights[to] - _weights[from];
        return weight > 0 ? (_products[to] - _products[from]) / weight : _values[Math.Min(from, _values.Length - 1)];
    }

    private double Cost(int from, int to)
    {
        double weight = _weights[to] - _weights[from];
        double product = _products[to] - _products[from];
        return weight > 0 ? Math.Max(_squares[to] - _squares[from] - (product * product / weight), 0) : 0;
    }
}
