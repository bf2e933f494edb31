namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Puts the blocks of a matrix into the lanes of steps (<see cref="SparseRows"/>). In each step the lane that is furthest behind says where
/// the window of inputs is, and all others join whose next block is inside.
/// </summary>
/// <remarks>Used when a model is built; an application only maps the result.</remarks>
internal static class SparseRowPacking
{
    /// <summary>Blocks of a step.</summary>
    public const int Lanes = 16;

    /// <summary>Quads of inputs that a step can reach: what <c>vpermi2d</c> chooses from.</summary>
    public const int WindowQuads = 32;

    /// <summary>Windows begin at multiples of this.</summary>
    public const int WindowStep = 16;

    /// <summary>Bytes from one window to the next.</summary>
    public const int WindowStepBytes = WindowStep * WeightPacking.QuadLength;

    /// <summary>Windows have 16 bits for where they are.</summary>
    public const int MaximumInner = (ushort.MaxValue + 1) * WindowStepBytes;

    /// <summary>Panels of sixteen rows of blocks.</summary>
    public static int Panels(int columns, int outputs) => (int)(((long)columns + (Lanes * outputs) - 1) / (Lanes * outputs));

    /// <summary>Where windows may begin.</summary>
    public static int Windows(int inner) => (int)(((long)inner + WindowStepBytes - 1) / WindowStepBytes);

    /// <summary>Packs a right matrix.</summary>
    /// <param name="blocks">The same in rows of blocks, without any of zeros.</param>
    /// <param name="columns">Outputs.</param>
    public static SparseSteps Pack(SparseBlocks blocks, int columns)
    {
        int outputs = blocks.Outputs;
        int panels = Panels(columns, outputs);
        int rows = blocks.Starts.Length - 1;
        var starts = new int[panels + 1];
        var windows = new List<ushort>();
        var lanes = new List<byte>();
        var values = new List<sbyte>();
        Span<int> next = stackalloc int[Lanes];
        Span<byte> chosen = stackalloc byte[Lanes];
        var weights = new sbyte[Lanes * outputs * WeightPacking.QuadLength];
        for (int panel = 0; panel < panels; panel++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                next[lane] = blocks.Starts[Math.Min((panel * Lanes) + lane, rows)];
            }

            while (Last(next, out int window))
            {
                chosen.Clear();
                Array.Clear(weights);
                for (int lane = 0; lane < Lanes; lane++)
                {
                    int block = next[lane];
                    if (block < End(lane) && blocks.Indices[block] < (window * WindowStep) + WindowQuads)
                    {
                        chosen[lane] = (byte)(blocks.Indices[block] - (window * WindowStep));
                        for (int output = 0; output < outputs; output++)
                        {
                            blocks.Values.AsSpan(((block * outputs) + output) * WeightPacking.QuadLength, WeightPacking.QuadLength)
                                .CopyTo(weights.AsSpan(((output * Lanes) + lane) * WeightPacking.QuadLength));
                        }

                        next[lane]++;
                    }
                }

                windows.Add((ushort)window);
                lanes.AddRange(chosen);
                values.AddRange(weights);
            }

            starts[panel + 1] = windows.Count;

            bool Last(Span<int> next, out int window)
            {
                int least = int.MaxValue;
                for (int lane = 0; lane < Lanes; lane++)
                {
                    least = next[lane] < End(lane) ? Math.Min(least, blocks.Indices[next[lane]]) : least;
                }

                window = least / WindowStep;
                return least < int.MaxValue;
            }

            int End(int lane) => blocks.Starts[Math.Min((panel * Lanes) + lane + 1, rows)];
        }

        return new SparseSteps(starts, [.. windows], [.. lanes], [.. values], outputs);
    }
}
