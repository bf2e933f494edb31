using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning;

/// <summary>A constant of a plan as a kernel reads it, or as halves of what it reads.</summary>
/// <param name="Type">Element type as kernels see it.</param>
/// <param name="Format">One of <see cref="ConstantFormats"/>.</param>
/// <param name="Data">Halves where <paramref name="AsHalf"/> says so.</param>
internal sealed record PackedConstant(string Name, PlanType Type, string Format, ReadOnlyMemory<byte> Data, bool AsHalf)
{
    /// <summary>Number of elements.</summary>
    public long Length => Data.Length / (AsHalf ? sizeof(ushort) : Type.Size());
}

/// <summary>
/// The constants of a plan, and the file that <see cref="ModelWeights"/> reads: a header of 64 bytes, data as it is
/// used, then float data stored as halves. The file exists only while it is written: weights are in memory once.
/// </summary>
internal sealed class PackedWeights
{
    private const int Alignment = WeightsHeader.Alignment;

    private readonly IReadOnlyList<PackedConstant> _constants;
    private readonly long _rawBytes;
    private readonly long _halves;
    private readonly byte[] _sha256;

    public PackedWeights(IReadOnlyList<PackedConstant> constants)
    {
        _constants = constants;
        _rawBytes = constants.Where(c => !c.AsHalf).Sum(Bytes);
        _halves = constants.Where(c => c.AsHalf).Sum(Bytes) / sizeof(float);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        WritePayload(part => hash.AppendData(part));
        _sha256 = hash.GetHashAndReset();
    }

    /// <summary>Length of the file in bytes.</summary>
    public long Length => WeightsHeader.Size + _rawBytes + (_halves * sizeof(ushort));

    /// <summary>Of everything behind the file's header, lower-case hex.</summary>
    public string Sha256 => Convert.ToHexStringLower(_sha256);

    /// <summary>What the plan says of each constant. Offsets count bytes of the loaded weights, in which halves are widened.</summary>
    public IReadOnlyList<PlanConstant> Layout()
    {
        var layout = new PlanConstant[_constants.Count];
        long raw = 0;
        long half = _rawBytes;
        for (int i = 0; i < layout.Length; i++)
        {
            PackedConstant constant = _constants[i];
            ref long offset = ref constant.AsHalf ? ref half : ref raw;
            layout[i] = new PlanConstant(constant.Name, constant.Type, constant.Format, offset, constant.Length);
            offset += Bytes(constant);
        }

        return layout;
    }

    /// <summary>A constant as kernels see it. Halves are widened anew for each call, so that they are in memory only once.</summary>
    /// <param name="id">Its place in the plan.</param>
    public ReadOnlySpan<T> Span<T>(int id)
        where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(_constants[id].AsHalf ? MemoryMarshal.AsBytes<float>(Widen(id)) : _constants[id].Data.Span);

    /// <summary>Writes the file.</summary>
    public void WriteTo(Stream stream)
    {
        Span<byte> header = stackalloc byte[WeightsHeader.Size];
        new WeightsHeader(_rawBytes, _halves, Convert.ToHexString(_sha256)).Write(header);
        stream.Write(header);
        WritePayload(stream.Write);
    }

    private void WritePayload(ReadOnlySpanAction write)
    {
        Span<byte> padding = stackalloc byte[Alignment];
        padding.Clear();
        foreach (PackedConstant constant in _constants.OrderBy(c => c.AsHalf))
        {
            write(constant.Data.Span);
            long stored = constant.AsHalf ? Bytes(constant) / 2 : Bytes(constant);
            write(padding[..(int)(stored - constant.Data.Length)]);
        }
    }

    private float[] Widen(int id)
    {
        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(_constants[id].Data.Span);
        LargeGarbage.Add(halves.Length * sizeof(float));
        var widened = new float[halves.Length];
        for (int i = 0; i < widened.Length; i++)
        {
            widened[i] = (float)halves[i];
        }

        return widened;
    }

    /// <summary>Bytes that a constant takes in the loaded weights.</summary>
    private static long Bytes(PackedConstant constant) =>
        ((constant.Length * constant.Type.Size()) + Alignment - 1) / Alignment * Alignment;

    private delegate void ReadOnlySpanAction(ReadOnlySpan<byte> part);
}
