using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Pruning;

/// <summary>
/// Removes the weights of sums one unit after another, each time the one whose loss the others can make up for best on the inputs that were
/// seen, and lets them do so (Frantar and Alistarh, "Optimal Brain Compression", 2022).
/// </summary>
/// <remarks>
/// What has to be small is ‖X·(w − v)‖² = (w − v)ᵀ·H·(w − v) with H = Xᵀ·X. With the weights of a unit U at zero and all others at their
/// best it is w_Uᵀ·(H⁻¹_UU)⁻¹·w_U, and these move by −H⁻¹_:U·(H⁻¹_UU)⁻¹·w_U. Without U, H⁻¹ loses what its rows at U explain of it.
/// Sums that lose the same inputs share one inverse. The order of all additions is fixed: every processor finds the same weights.
/// </remarks>
internal sealed class BrainSurgeon
{
    /// <summary>Removed terms are taken out of the matrix when they are one in so many: then every step costs less.</summary>
    private const int Compaction = 4;

    private readonly double[][] _rows;
    private readonly int[] _families;
    private readonly int _most;
    private readonly List<int> _left;
    private readonly int[] _removedOfFamily;
    private readonly int[][] _units;

    /// <summary>Where each term stands in the matrix now.</summary>
    private readonly int[] _places;
    private readonly bool[] _isRemoved;
    private double[] _inverse;
    private int _size;
    private int _dead;

    private BrainSurgeon(double[][] rows, double[] inverse, int[][] units, int[] families, int most)
    {
        _rows = [.. rows.Select(r => (double[])r.Clone())];
        _inverse = (double[])inverse.Clone();
        _size = rows[0].Length;
        _units = units;
        _families = families;
        _most = most;
        _left = [.. Enumerable.Range(0, units.Length)];
        _removedOfFamily = new int[families.Length == 0 ? 0 : families.Max() + 1];
        _places = [.. Enumerable.Range(0, _size)];
        _isRemoved = new bool[_size];
    }

    /// <summary>Finds in which order units go.</summary>
    /// <param name="rows">Weights of sums that lose the same terms, each as long as there are terms.</param>
    /// <param name="inverse">H⁻¹, [terms, terms].</param>
    /// <param name="units">The terms of each unit.</param>
    /// <param name="families">The family of each unit; empty where there are none.</param>
    /// <param name="most">Units of a family that may go.</param>
    /// <returns>The units as they go, and what each adds to ‖X·(w − v)‖².</returns>
    public static (int[] Order, double[] Losses) Run(
        double[][] rows, double[] inverse, int[][] units, int[] families, int most, CancellationToken cancellation)
    {
        var surgeon = new BrainSurgeon(rows, inverse, units, families, most);
        var order = new List<int>();
        var losses = new List<double>();
        while (surgeon.Next() is { } next)
        {
            cancellation.ThrowIfCancellationRequested();
            order.Add(next.Unit);
            losses.Add(next.Loss);
            surgeon.Remove(next.Unit);
        }

        return ([.. order], [.. losses]);
    }

    /// <summary>The best weights of sums with some terms at zero.</summary>
    /// <param name="rows">The weights without zeros; replaced.</param>
    /// <param name="gram">H, [terms, terms], all of it.</param>
    /// <param name="isZero">Of each term.</param>
    public static void Compensate(double[][] rows, double[] gram, bool[] isZero, CancellationToken cancellation)
    {
        int terms = isZero.Length;
        int[] kept = [.. Enumerable.Range(0, terms).Where(t => !isZero[t])];
        double[] factor = new double[kept.Length * kept.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            for (int j = i; j < kept.Length; j++)
            {
                factor[(i * kept.Length) + j] = gram[(kept[i] * terms) + kept[j]];
            }
        }

        bool isSolved = kept.Length < terms && Cholesky.Factor(factor, kept.Length, cancellation);
        double[] wanted = new double[terms];
        double[] solution = new double[kept.Length];
        foreach (double[] row in rows)
        {
            if (isSolved)
            {
                wanted.AsSpan().Clear();
                for (int t = 0; t < terms; t++)
                {
                    Cholesky.AddMultiple(wanted, gram.AsSpan(t * terms, terms), row[t]);
                }

                for (int i = 0; i < kept.Length; i++)
                {
                    solution[i] = wanted[kept[i]];
                }

                Cholesky.Solve(factor, kept.Length, solution);
                for (int i = 0; i < kept.Length; i++)
                {
                    row[kept[i]] = solution[i];
                }
            }

            for (int t = 0; t < terms; t++)
            {
                row[t] = isZero[t] ? 0 : row[t];
            }
        }
    }

    private (int Unit, double Loss)? Next()
    {
        (int Unit, double Loss)? best = null;
        foreach (int unit in _left)
        {
            if (_families.Length > 0 && _removedOfFamily[_families[unit]] == _most)
            {
                continue;
            }

            double loss = Loss(_units[unit]);
            if (best is null || loss < best.Value.Loss)
            {
                best = (unit, loss);
            }
        }

        return best;
    }

    private double Loss(int[] unit)
    {
        if (unit.Length == 1)
        {
            int place = _places[unit[0]];
            double squares = 0;
            foreach (double[] row in _rows)
            {
                squares += row[place] * row[place];
            }

            return squares / _inverse[(place * _size) + place];
        }

        // Σ ‖L⁻¹·w_U‖² with H⁻¹_UU = L·Lᵀ.
        int n = unit.Length;
        Span<double> lower = n <= 16 ? stackalloc double[n * n] : new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = _inverse[(_places[unit[i]] * _size) + _places[unit[j]]];
                for (int k = 0; k < j; k++)
                {
                    sum -= lower[(i * n) + k] * lower[(j * n) + k];
                }

                lower[(i * n) + j] = i == j ? Math.Sqrt(Math.Max(sum, double.Epsilon)) : sum / lower[(j * n) + j];
            }
        }

        double loss = 0;
        Span<double> solved = n <= 16 ? stackalloc double[n] : new double[n];
        foreach (double[] row in _rows)
        {
            for (int i = 0; i < n; i++)
            {
                double sum = row[_places[unit[i]]];
                for (int k = 0; k < i; k++)
                {
                    sum -= lower[(i * n) + k] * solved[k];
                }

                solved[i] = sum / lower[(i * n) + i];
                loss += solved[i] * solved[i];
            }
        }

        return loss;
    }

    /// <summary>One term after the other: what is left of the inverse is the same.</summary>
    private void Remove(int unit)
    {
        _left.Remove(unit);
        if (_families.Length > 0)
        {
            _removedOfFamily[_families[unit]]++;
        }

        foreach (int term in _units[unit])
        {
            int place = _places[term];
            _isRemoved[place] = true;
            ReadOnlySpan<double> line = _inverse.AsSpan(place * _size, _size);
            double pivot = line[place];
            foreach (double[] row in _rows)
            {
                Cholesky.AddMultiple(row.AsSpan(0, _size), line, -row[place] / pivot);
            }

            for (int i = 0; i < _size; i++)
            {
                if (!_isRemoved[i])
                {
                    Cholesky.AddMultiple(_inverse.AsSpan(i * _size, _size), line, -line[i] / pivot);
                }
            }

            _dead++;
        }

        if (_dead * Compaction > _size)
        {
            Compact();
        }
    }

    private void Compact()
    {
        int size = _size - _dead;
        int[] kept = [.. Enumerable.Range(0, _size).Where(i => !_isRemoved[i])];
        double[] inverse = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                inverse[(i * size) + j] = _inverse[(kept[i] * _size) + kept[j]];
            }
        }

        foreach (double[] row in _rows)
        {
            for (int i = 0; i < size; i++)
            {
                row[i] = row[kept[i]];
            }
        }

        int[] moved = new int[_size];
        Array.Fill(moved, -1);
        for (int i = 0; i < size; i++)
        {
            moved[kept[i]] = i;
        }

        for (int t = 0; t < _places.Length; t++)
        {
            _places[t] = _places[t] < 0 ? -1 : moved[_places[t]];
        }

        _isRemoved.AsSpan().Clear();
        (_inverse, _size, _dead) = (inverse, size, 0);
    }
}
