using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>
/// Collects the constants of a plan and writes the file that <see cref="ModelBuild.Runtime.ModelWeights"/> reads: a header of 64
/// bytes, data as it is used, then float data stored as halves. Equal constants are stored once.
/// </summary>
internal sealed class WeightWriter
{
    private const int Alignment = 64;
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);

    /// <summary>Adds a constant and gives its id.</summary>
    /// <param name="asHalf">Store float data as halves; the values must be representable.</param>
    public int Add(string name, PlanType type, byte[] data, bool asHalf)
    {
        string key = $"{type} {asHalf} {Convert.ToHexString(SHA256.HashData(data))}";
        if (!_known.TryGetValue(key, out int id))
        {
            id = _entries.Count;
            _known.Add(key, id);
            _entries.Add(new Entry(name, type, data, asHalf));
        }

        return id;
    }

    /// <summary>Lays the constants out.</summary>
    public (EquatableArray<PlanConstant> Constants, byte[] File, string Sha256) Write()
    {
        long rawBytes = 0;
        long halfCount = 0;
        foreach (Entry entry in _entries)
        {
            if (entry.AsHalf)
            {
                halfCount += RoundUp(entry.Data.Length, Alignment) / sizeof(float);
            }
            else
            {
                rawBytes += RoundUp(entry.Data.Length, Alignment);
            }
        }

        var file = new byte[Alignment + rawBytes + (halfCount * 2)];
        var constants = new List<PlanConstant>();
        long raw = 0;
        long half = 0;
        foreach (Entry entry in _entries)
        {
            long length = entry.Data.Length / entry.Type.Size();
            if (entry.AsHalf)
            {
                constants.Add(new PlanConstant(entry.Name, entry.Type, rawBytes + (half * sizeof(float)), length));
                Span<Half> target = MemoryMarshal.Cast<byte, Half>(file.AsSpan(checked((int)(Alignment + rawBytes + (half * 2)))));
                ReadOnlySpan<float> source = MemoryMarshal.Cast<byte, float>(entry.Data);
                for (int i = 0; i < source.Length; i++)
                {
                    target[i] = (Half)source[i];
                }

                half += RoundUp(entry.Data.Length, Alignment) / sizeof(float);
            }
            else
            {
                constants.Add(new PlanConstant(entry.Name, entry.Type, raw, length));
                entry.Data.CopyTo(file.AsSpan(checked((int)(Alignment + raw))));
                raw += RoundUp(entry.Data.Length, Alignment);
            }
        }

        byte[] hash = SHA256.HashData(file.AsSpan(Alignment));
        "MODELBW1"u8.CopyTo(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(8), 1);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(16), rawBytes);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(24), halfCount);
        hash.CopyTo(file.AsSpan(32));
        return (new EquatableArray<PlanConstant>(constants), file, Convert.ToHexStringLower(hash));
    }

    private static long RoundUp(long value, long factor) => (value + factor - 1) / factor * factor;

    private sealed record Entry(string Name, PlanType Type, byte[] Data, bool AsHalf);
}
