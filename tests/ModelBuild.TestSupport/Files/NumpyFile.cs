using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>
/// Writes and reads .npy and .npz files as NumPy's format description says, without any code of the compiler, so that a misread field
/// cannot be written wrong in the same way.
/// </summary>
internal static partial class NumpyFile
{
    private static readonly (string Name, DataType Type)[] s_types =
    [
        ("<f4", DataType.Float32), ("<f8", DataType.Float64), ("<f2", DataType.Float16), ("|b1", DataType.Bool),
        ("|u1", DataType.UInt8), ("<u2", DataType.UInt16), ("<u4", DataType.UInt32), ("<u8", DataType.UInt64),
        ("|i1", DataType.Int8), ("<i2", DataType.Int16), ("<i4", DataType.Int32), ("<i8", DataType.Int64),
    ];

    /// <summary>The bytes of a .npy file.</summary>
    public static byte[] Npy(Tensor tensor) =>
        Npy(s_types.Single(
            t => t.Type == tensor.Type).Name, $"({string.Concat(tensor.Dimensions.Select(d => d + ","))})", tensor.Data.Span);

    public static byte[] Float32(int[] shape, params float[] values) => Npy(Tensor.Of(values, [.. shape]));

    public static byte[] Int64(int[] shape, params long[] values) => Npy(Tensor.Of(values, [.. shape]));

    /// <param name="type">As NumPy writes it: <c>&lt;f4</c>.</param>
    /// <param name="shape">As Python writes a tuple: <c>(2, 3)</c>.</param>
    /// <param name="data">The elements.</param>
    /// <param name="fortran">What the header says of their order.</param>
    /// <param name="version">Of the format.</param>
    public static byte[] Npy(string type, string shape, ReadOnlySpan<byte> data, bool fortran = false, int version = 1) =>
        Npy($"{{'descr': '{type}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}", data, version);

    /// <summary>A file with any header, that tests of damaged files may choose.</summary>
    public static byte[] Npy(string header, ReadOnlySpan<byte> data, int version = 1)
    {
        int prefix = version == 1 ? 10 : 12;
        string padded = header.PadRight(((prefix + header.Length + 64) / 64 * 64) - prefix - 1) + "\n";
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write([0x93, .. "NUMPY"u8, (byte)version, 0]);
        if (version == 1)
        {
            writer.Write((ushort)padded.Length);
        }
        else
        {
            writer.Write(padded.Length);
        }

        writer.Write(Encoding.UTF8.GetBytes(padded));
        writer.Write(data);
        return stream.ToArray();
    }

    /// <summary>The bytes of an .npz file with a tensor for each name, as calibration takes them.</summary>
    public static byte[] Npz(IReadOnlyDictionary<string, Tensor> tensors) => Npz([.. tensors.Select(t => (t.Key, Npy(t.Value)))]);

    /// <summary>The bytes of an .npz file.</summary>
    public static byte[] Npz(params (string Array, byte[] Npy)[] arrays) => Npz(CompressionLevel.NoCompression, arrays);

    public static byte[] Npz(CompressionLevel level, params (string Array, byte[] Npy)[] arrays)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string array, byte[] npy) in arrays)
            {
                using Stream entry = archive.CreateEntry(array + ".npy", level).Open();
                entry.Write(npy);
            }
        }

        return stream.ToArray();
    }

    /// <summary>The elements as bytes, for <see cref="Npy(string, string, ReadOnlySpan{byte}, bool, int)"/>.</summary>
    public static byte[] Bytes<T>(params ReadOnlySpan<T> values)
        where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();

    /// <summary>The array of a .npy file.</summary>
    public static Tensor ReadNpy(string file) => Read(File.ReadAllBytes(file));

    /// <summary>All arrays of an .npz file but those of text.</summary>
    public static Dictionary<string, Tensor> ReadNpz(string file) =>
        Entries(file).Where(e => !IsText(e.Npy)).ToDictionary(e => e.Name, e => Read(e.Npy));

    /// <summary>An array of text in an .npz file.</summary>
    public static string[] ReadTexts(string file, string array)
    {
        byte[] npy = Entries(file).Single(e => e.Name == array).Npy;
        (string type, _, ReadOnlyMemory<byte> data) = Parse(npy);
        int size = 4 * int.Parse(type.AsSpan(2), CultureInfo.InvariantCulture);
        var texts = new string[size == 0 ? 0 : data.Length / size];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = Encoding.UTF32.GetString(data.Span.Slice(i * size, size)).TrimEnd('\0');
        }

        return texts;
    }

    private static IEnumerable<(string Name, byte[] Npy)> Entries(string file)
    {
        using ZipArchive archive = ZipFile.OpenRead(file);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream stream = entry.Open();
            var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            yield return (Path.GetFileNameWithoutExtension(entry.Name), bytes.ToArray());
        }
    }

    private static bool IsText(byte[] npy) => Parse(npy).Type.StartsWith("<U", StringComparison.Ordinal);

    private static Tensor Read(byte[] npy)
    {
        (string type, long[] shape, ReadOnlyMemory<byte> data) = Parse(npy);
        return new Tensor(s_types.Single(t => t.Name == type).Type, shape, data);
    }

    private static (string Type, long[] Shape, ReadOnlyMemory<byte> Data) Parse(byte[] npy)
    {
        int start = npy[6] == 1 ? 10 : 12;
        int length = npy[6] == 1 ? BitConverter.ToUInt16(npy, 8) : BitConverter.ToInt32(npy, 8);
        string header = Encoding.UTF8.GetString(npy, start, length);
        Assert.Contains("'fortran_order': False", header, StringComparison.Ordinal);
        return (
            TypeField().Match(header).Groups[1].Value,
            [.. Number().Matches(ShapeField().Match(header).Groups[1].Value)
                .Select(m => long.Parse(m.Value, CultureInfo.InvariantCulture))],
            npy.AsMemory(start + length));
    }

    [GeneratedRegex("'descr': '([^']*)'")]
    private static partial Regex TypeField();

    [GeneratedRegex(@"'shape': \(([^)]*)\)")]
    private static partial Regex ShapeField();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
