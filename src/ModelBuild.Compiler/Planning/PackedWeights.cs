using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning;

/// <summary>A constant of a plan as a kernel reads it, or as halves or codes of what it reads.</summary>
/// <param name="Type">Element type as kernels see it.</param>
/// <param name="Format">One of <see cref="ConstantFormats"/>.</param>
/// <param name="Data">In the form that <see cref="Storage"/> says.</param>
internal sealed record PackedConstant(string Name, PlanType Type, string Format, ReadOnlyMemory<byte> Data)
{
    /// <summary>Halves and codes stand for float32.</summary>
    public WeightStorage Storage { get; init; }

    /// <summary>Of codes.</summary>
    public CodedLayout Codes { get; init; }

    /// <summary>Number of elements.</summary>
    public long Length => Storage switch
    {
        WeightStorage.Codes => Codes.Length,
        WeightStorage.Halves => Data.Length / sizeof(ushort),
        _ => Data.Length / Type.Size(),
    };
}

/// <summary>
/// The constants of a plan, and the file that <see cref="ModelWeights"/> reads: a header of 64 bytes, data as it is
/// used, then float data stored as halves, then such stored as codes. The file exists only while it is written: weights are in memory once.
/// </summary>
internal sealed class PackedWeights
{
    private const int Alignment = WeightsHeader.Alignment;

    private readonly IReadOnlyList<PackedConstant> _constants;
    private readonly long _rawBytes;
    private readonly long _halves;
    private readonly long _codedBytes;
    private readonly byte[] _sha256;

    public PackedWeights(IReadOnlyList<PackedConstant> constants)
    {
        _constants = constants;
        _rawBytes = constants.Where(c => c.Storage == WeightStorage.Plain).Sum(StoredBytes);
        _halves = constants.Where(c => c.Storage == WeightStorage.Halves).Sum(StoredBytes) / sizeof(ushort);
        _codedBytes = constants.Where(c => c.Storage == WeightStorage.Codes).Sum(StoredBytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        WritePayload(part => hash.AppendData(part));
        _sha256 = hash.GetHashAndReset();
    }

    /// <summary>Length of the file in bytes.</summary>
    public long Length => Header.StoredBytes + WeightsHeader.Size + _codedBytes;

    private WeightsHeader Header => new(
        _rawBytes, _halves, _constants.Count(c => c.Storage == WeightStorage.Codes), Convert.ToHexString(_sha256));

    /// <summary>Of everything behind the file's header, lower-case hex.</summary>
    public string Sha256 => Convert.ToHexStringLower(_sha256);

    /// <summary>
    /// What the plan says of each constant. Offsets count bytes of the loaded weights, in which halves are widened and codes expanded.
    /// </summary>
    public IReadOnlyList<PlanConstant> Layout()
    {
        var layout = new PlanConstant[_constants.Count];
        var next = new Dictionary<WeightStorage, long>
        {
            [WeightStorage.Plain] = 0,
            [WeightStorage.Halves] = _rawBytes,
            [WeightStorage.Codes] = CodedConstant.Align(Header.LoadedBytes),
        };
        for (int i = 0; i < layout.Length; i++)
        {
            PackedConstant constant = _constants[i];
            long offset = next[constant.Storage];
            layout[i] = new PlanConstant(constant.Name, constant.Type, constant.Format, offset, constant.Length);
            next[constant.Storage] = offset + CodedConstant.Align(constant.Length * constant.Type.Size());
        }

        return layout;
    }

    /// <summary>Bytes that a constant takes in the file.</summary>
    /// <param name="id">Its place in the plan.</param>
    public long BytesOf(int id) => StoredBytes(_constants[id]);

    /// <summary>
    /// A constant as kernels see it. Halves and codes are widened anew for each call, so that they are in memory only once.
    /// </summary>
    /// <param name="id">Its place in the plan.</param>
    public ReadOnlySpan<T> Span<T>(int id)
        where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(
            _constants[id].Storage == WeightStorage.Plain ? _constants[id].Data.Span : MemoryMarshal.AsBytes<float>(Widen(_constants[id])));

    /// <summary>Writes the file.</summary>
    public void WriteTo(Stream stream)
    {
        Span<byte> header = stackalloc byte[WeightsHeader.Size];
        Header.Write(header);
        stream.Write(header);
        WritePayload(stream.Write);
    }

    private void WritePayload(ReadOnlySpanAction write)
    {
        Span<byte> padding = stackalloc byte[Alignment];
        padding.Clear();
        Span<byte> header = stackalloc byte[CodedConstant.HeaderSize];
        foreach (PackedConstant constant in _constants.OrderBy(c => c.Storage))
        {
            int written = 0;
            if (constant.Storage == WeightStorage.Codes)
            {
                CodedConstant.Write(header, constant.Codes);
                write(header);
                written = header.Length;
            }

            write(constant.Data.Span);
            write(padding[..(int)(StoredBytes(constant) - constant.Data.Length - written)]);
        }
    }

    private static float[] Widen(PackedConstant constant)
    {
        LargeGarbage.Add(constant.Length * sizeof(float));
        if (constant.Storage == WeightStorage.Codes)
        {
            return CodedWeights.Expand(constant.Codes, constant.Data.Span);
        }

        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(constant.Data.Span);
        var widened = new float[halves.Length];
        for (int i = 0; i < widened.Length; i++)
        {
            widened[i] = (float)halves[i];
        }

        return widened;
    }

    /// <summary>Bytes that a constant takes in the file; halves are filled up to whole lines of what they are widened to.</summary>
    private static long StoredBytes(PackedConstant constant) => constant.Storage switch
    {
        WeightStorage.Codes => CodedConstant.Align(CodedConstant.HeaderSize + constant.Data.Length),
        WeightStorage.Halves => CodedConstant.Align(constant.Length * sizeof(float)) / 2,
        _ => CodedConstant.Align(constant.Data.Length),
    };

    private delegate void ReadOnlySpanAction(ReadOnlySpan<byte> part);
}
