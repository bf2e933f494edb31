using System.Buffers.Binary;
using System.Text;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Cli.Data;

/// <summary>Writes a tensor as an array of NumPy (<c>.npy</c>, version 1 of the format): row-major, little-endian.</summary>
internal static class NpyWriter
{
    /// <summary>Where elements begin is a multiple of this, so that a mapped file is aligned.</summary>
    private const int Alignment = 64;

    /// <summary>Signature, version and length of the header.</summary>
    private const int PrefixLength = 10;

    public static void Write(Stream stream, Tensor tensor)
    {
        string shape = tensor.Rank switch
        {
            0 => "()",
            1 => $"({tensor.Dimensions[0]},)",
            _ => $"({string.Join(", ", tensor.Dimensions)})",
        };
        string header = $"{{'descr': '{Description(tensor.Type)}', 'fortran_order': False, 'shape': {shape}, }}";
        int end = PrefixLength + header.Length + 1;
        header = header + new string(' ', (Alignment - (end % Alignment)) % Alignment) + "\n";

        Span<byte> prefix = stackalloc byte[PrefixLength];
        prefix[0] = 0x93;
        "NUMPY"u8.CopyTo(prefix[1..]);
        prefix[6] = 1;
        prefix[7] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(prefix[8..], (ushort)header.Length);
        stream.Write(prefix);
        stream.Write(Encoding.ASCII.GetBytes(header));
        stream.Write(tensor.Data.Span);
    }

    /// <summary>What NumPy calls a type.</summary>
    public static string Name(DataType type) => type.ToString().ToLowerInvariant();

    private static string Description(DataType type) => type switch
    {
        DataType.Float16 => "<f2",
        DataType.Float32 => "<f4",
        DataType.Float64 => "<f8",
        DataType.Bool => "|b1",
        DataType.UInt8 => "|u1",
        DataType.Int8 => "|i1",
        DataType.UInt16 => "<u2",
        DataType.Int16 => "<i2",
        DataType.UInt32 => "<u4",
        DataType.Int32 => "<i4",
        DataType.UInt64 => "<u8",
        DataType.Int64 => "<i8",
        _ => throw new NotSupportedException($"NumPy has no elements of type {type}."),
    };
}
