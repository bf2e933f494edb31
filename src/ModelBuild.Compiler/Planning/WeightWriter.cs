using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>Collects the constants of a plan as steps pack them. Equal constants are stored once.</summary>
/// <param name="storage">How float data is stored where that loses nothing.</param>
internal sealed class WeightWriter(WeightStorage storage)
{
    private readonly List<PackedConstant> _constants = [];
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);

    /// <summary>Adds a constant and gives its id.</summary>
    /// <param name="name">Its name in the plan.</param>
    /// <param name="type">Type of its elements.</param>
    /// <param name="format">One of <see cref="ConstantFormats"/>.</param>
    /// <param name="data">Kept, not copied.</param>
    /// <param name="panels">
    /// What elements have in common where they lie: how many lanes of different outputs lie side by side, and how many rows of them follow
    /// one another. Several guesses are allowed; none where the data are no weights.
    /// </param>
    public int Add(
        string name, PlanType type, string format, ReadOnlyMemory<byte> data, params ReadOnlySpan<(int Width, int Rows)> panels)
    {
        string key = $"{type} {format} {Convert.ToHexString(SHA256.HashData(data.Span))}";
        if (!_known.TryGetValue(key, out int id))
        {
            id = _constants.Count;
            _known.Add(key, id);
            _constants.Add(Store(new PackedConstant(name, type, format, data) { Panels = [.. panels] }, panels));
        }

        return id;
    }

    /// <summary>Lays the constants out.</summary>
    public PackedWeights Finish() => new(_constants);

    private PackedConstant Store(PackedConstant constant, ReadOnlySpan<(int Width, int Rows)> panels)
    {
        if (constant.Type != PlanType.F32 || storage == WeightStorage.Plain)
        {
            return constant;
        }

        if (storage == WeightStorage.Halves && ToHalves(constant.Data.Span) is { } halves)
        {
            return Stored(constant with { Data = halves, Storage = storage });
        }

        foreach ((int width, int rows) in panels)
        {
            if (CodedWeights.Find(constant.Data, width, rows, isWide: storage == WeightStorage.Halves) is { } codes)
            {
                return Stored(constant with { Data = codes.Data, Storage = WeightStorage.Codes, Codes = codes.Layout });
            }
        }

        return constant;

        PackedConstant Stored(PackedConstant stored)
        {
            LargeGarbage.Add(constant.Data.Length);
            return stored;
        }
    }

    /// <summary>The same numbers as halves; null where not all of them are.</summary>
    private static byte[]? ToHalves(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<float> source = MemoryMarshal.Cast<byte, float>(data);
        foreach (float value in source)
        {
            if ((float)(Half)value != value)
            {
                return null;
            }
        }

        var bytes = new byte[source.Length * sizeof(ushort)];
        Span<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan());
        for (int i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)source[i];
        }

        return bytes;
    }
}
