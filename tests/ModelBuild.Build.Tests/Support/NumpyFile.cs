using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace ModelBuild.Build.Tests.Support;

/// <summary>NumPy's file format, as far as the tests need it.</summary>
internal static class NumpyFile
{
    public static byte[] Float32(int[] shape, float[] values) => Write("<f4", shape, MemoryMarshal.AsBytes<float>(values));

    public static byte[] Int64(int[] shape, long[] values) => Write("<i8", shape, MemoryMarshal.AsBytes<long>(values));

    /// <summary>The float32 values of an array in an .npz file.</summary>
    public static float[] Read(string npz, string array)
    {
        using ZipArchive archive = ZipFile.OpenRead(npz);
        using Stream entry = archive.GetEntry(array + ".npy")!.Open();
        var bytes = new MemoryStream();
        entry.CopyTo(bytes);
        int header = 10 + BitConverter.ToUInt16(bytes.GetBuffer(), 8);
        Assert.Contains("<f4", Encoding.Latin1.GetString(bytes.GetBuffer(), 10, header - 10), StringComparison.Ordinal);
        return MemoryMarshal.Cast<byte, float>(bytes.ToArray().AsSpan(header)).ToArray();
    }

    private static byte[] Write(string type, int[] shape, ReadOnlySpan<byte> data)
    {
        string dimensions = string.Concat(shape.Select(d => d + ","));
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({dimensions}), }}";
        header = header.PadRight(((10 + header.Length + 64) / 64 * 64) - 11) + "\n";
        var file = new MemoryStream();
        file.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header)]);
        file.Write(data);
        return file.ToArray();
    }
}
