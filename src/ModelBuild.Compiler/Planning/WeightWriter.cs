using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>Collects the constants of a plan as steps pack them. Equal constants are stored once.</summary>
internal sealed class WeightWriter
{
    private readonly List<PackedConstant> _constants = [];
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);

    /// <summary>Adds a constant and gives its id.</summary>
    /// <param name="name">Its name in the plan.</param>
    /// <param name="type">Type of its elements.</param>
    /// <param name="format">One of <see cref="ConstantFormats"/>.</param>
    /// <param name="data">Kept, not copied.</param>
    /// <param name="asHalf">Store float data as halves; the values must be representable.</param>
    public int Add(string name, PlanType type, string format, ReadOnlyMemory<byte> data, bool asHalf)
    {
        string key = $"{type} {format} {asHalf} {Convert.ToHexString(SHA256.HashData(data.Span))}";
        if (!_known.TryGetValue(key, out int id))
        {
            id = _constants.Count;
            _known.Add(key, id);
            _constants.Add(new PackedConstant(name, type, format, asHalf ? ToHalves(data.Span) : data, asHalf));
        }

        return id;
    }

    /// <summary>Lays the constants out.</summary>
    public PackedWeights Finish() => new(_constants);

    private static byte[] ToHalves(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<float> source = MemoryMarshal.Cast<byte, float>(data);
        var bytes = new byte[source.Length * sizeof(ushort)];
        Span<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan());
        for (int i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)source[i];
        }

        return bytes;
    }
}
